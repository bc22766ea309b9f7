//! A file that is cut while it is read: a message that names it, also where that is mapped.

use std::fs::File;
use std::io::Read as _;
use std::process::Stdio;

use super::zip::{Around, DEFLATED, Member, archive};
use crate::convert::Folder;
use crate::program::ripsaw;

#[test]
fn the_message_names_it() {
    let folder = Folder::new();
    let mut random = fastrand::Rng::with_seed(2);
    let text: String = (0..40_000).map(|n| format!("line {n} {:x}\n", random.u64(..))).collect();
    let members: Vec<Member> =
        (0..20).map(|n| Member::new(&format!("{n}.log"), DEFLATED, text.as_bytes())).collect();
    let bytes = archive(&members, &Around::default()).0;
    for (map, reason) in
        [("auto", "it was cut short while it was read"), ("never", "could not read")]
    {
        let path = folder.file("lo\tgs.zip", &bytes);
        let mut command = ripsaw();
        command.args(["cat", "lo\tgs.zip", "--mmap", map]).current_dir(folder.path(""));
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        // It reads no further than the pipe can hold.
        let mut out = child.stdout.take().unwrap();
        out.read_exact(&mut [0; 1000]).unwrap();
        File::options().write(true).open(path).unwrap().set_len(5_000).unwrap();
        out.read_to_end(&mut Vec::new()).unwrap();
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains("lo\\tgs.zip") && said.contains(reason), "{said}");
    }
}
