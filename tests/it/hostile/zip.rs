//! A writer of zip archives in which any field can lie (APPNOTE.TXT 6.3.10).

use std::io::Write as _;

use flate2::Compression;
use flate2::write::DeflateEncoder;

pub(crate) const STORED: u16 = 0;
pub(crate) const DEFLATED: u16 = 8;

/// How the sizes come that the local header does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Descriptor {
    None,
    Signed,
    Unsigned,
    /// With a signature, and sizes of 64 bits.
    Wide,
}

/// A member.
#[derive(Debug, Clone)]
pub(crate) struct Member {
    pub(crate) name: Vec<u8>,
    pub(crate) text: Vec<u8>,
    pub(crate) method: u16,
    pub(crate) flags: u16,
    pub(crate) data: Vec<u8>,
    pub(crate) descriptor: Descriptor,
    /// The extra field of both headers.
    pub(crate) extra: Vec<u8>,
    /// Sizes that its local header has: of the data, of the text.
    pub(crate) local_sizes: Option<(u32, u32)>,
}

impl Member {
    pub(crate) fn new(name: &str, method: u16, text: &[u8]) -> Self {
        let data = match method {
            DEFLATED => {
                let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
                encoder.write_all(text).unwrap();
                encoder.finish().unwrap()
            }
            _ => text.to_vec(),
        };
        Self {
            name: name.into(),
            text: text.to_vec(),
            method,
            flags: 0,
            data,
            descriptor: Descriptor::None,
            extra: Vec::new(),
            local_sizes: None,
        }
    }

    pub(crate) fn with(self, descriptor: Descriptor) -> Self {
        let flags = if descriptor == Descriptor::None { 0 } else { 1 << 3 };
        Self { descriptor, flags, ..self }
    }

    fn sizes(&self) -> [u32; 3] {
        let crc = crc32fast::hash(&self.text);
        [crc, self.data.len() as u32, self.text.len() as u32]
    }

    /// All of it but what the directory has.
    fn local(&self) -> Vec<u8> {
        let mut out = b"PK\x03\x04\x14\0".to_vec();
        shorts(&mut out, &[self.flags, self.method, 0, 0x21]);
        let mut sizes = if self.descriptor == Descriptor::None { self.sizes() } else { [0; 3] };
        if let Some((data, text)) = self.local_sizes {
            (sizes[1], sizes[2]) = (data, text);
        }
        longs(&mut out, &sizes);
        shorts(&mut out, &[self.name.len() as u16, self.extra.len() as u16]);
        out.extend(&self.name);
        out.extend(&self.extra);
        out.extend(&self.data);
        let [crc, data, text] = self.sizes();
        match self.descriptor {
            Descriptor::None => {}
            Descriptor::Unsigned => longs(&mut out, &[crc, data, text]),
            Descriptor::Signed => {
                out.extend(b"PK\x07\x08");
                longs(&mut out, &[crc, data, text]);
            }
            Descriptor::Wide => {
                out.extend(b"PK\x07\x08");
                longs(&mut out, &[crc, data, 0, text, 0]);
            }
        }
        out
    }

    fn central(&self, offset: u32) -> Vec<u8> {
        let mut out = b"PK\x01\x02\x14\0\x14\0".to_vec();
        shorts(&mut out, &[self.flags, self.method, 0, 0x21]);
        longs(&mut out, &self.sizes());
        shorts(&mut out, &[self.name.len() as u16, self.extra.len() as u16, 0, 0, 0]);
        longs(&mut out, &[0, offset]);
        out.extend(&self.name);
        out.extend(&self.extra);
        out
    }
}

/// What is around the members.
#[derive(Debug, Clone, Default)]
pub(crate) struct Around {
    /// Bytes before the archive, which its offsets do not count.
    pub(crate) before: Vec<u8>,
    pub(crate) comment: Vec<u8>,
    /// The length that the record at the end gives the comment.
    pub(crate) comment_length: Option<u16>,
    pub(crate) zip64: bool,
    pub(crate) after: Vec<u8>,
}

/// An archive, where each of its members ends, and where the directory does.
pub(crate) fn archive(members: &[Member], around: &Around) -> (Vec<u8>, Vec<usize>) {
    let (mut out, mut central, mut ends) = (around.before.clone(), Vec::new(), Vec::new());
    let before = out.len();
    for member in members {
        central.extend(member.central((out.len() - before) as u32));
        out.extend(member.local());
        ends.push(out.len());
    }
    let (at, count) = (out.len() - before, members.len());
    out.extend(&central);
    ends.push(out.len());
    if around.zip64 {
        let record = out.len() - before;
        out.extend(b"PK\x06\x06");
        wides(&mut out, &[44]);
        shorts(&mut out, &[45, 45]);
        longs(&mut out, &[0, 0]);
        wides(&mut out, &[count as u64, count as u64, central.len() as u64, at as u64]);
        out.extend(b"PK\x06\x07\0\0\0\0");
        wides(&mut out, &[record as u64]);
        longs(&mut out, &[1]);
    }
    out.extend(b"PK\x05\x06\0\0\0\0");
    match around.zip64 {
        true => {
            shorts(&mut out, &[u16::MAX, u16::MAX]);
            longs(&mut out, &[u32::MAX, u32::MAX]);
        }
        false => {
            shorts(&mut out, &[count as u16, count as u16]);
            longs(&mut out, &[central.len() as u32, at as u32]);
        }
    }
    shorts(&mut out, &[around.comment_length.unwrap_or(around.comment.len() as u16)]);
    out.extend(&around.comment);
    out.extend(&around.after);
    (out, ends)
}

fn shorts(out: &mut Vec<u8>, values: &[u16]) {
    values.iter().for_each(|value| out.extend(value.to_le_bytes()));
}

fn longs(out: &mut Vec<u8>, values: &[u32]) {
    values.iter().for_each(|value| out.extend(value.to_le_bytes()));
}

fn wides(out: &mut Vec<u8>, values: &[u64]) {
    values.iter().for_each(|value| out.extend(value.to_le_bytes()));
}
