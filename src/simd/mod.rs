//! Vector instructions: the one place where they are chosen, and the leaves that use them.
//!
//! A set of instructions is a token, which exists only if the processor has them: a function that
//! takes one is safe to call. Tests run with every token of the processor; one that it lacks cannot
//! be made. On processors other than x86-64 everything goes through [`Portable`].
//!
//! `chunk` has the 64-byte steps of the JSON parser, `mask` sets of bytes in 32, `digits` decimal numbers, `count`
//! newlines.
//! Masks have one bit per byte, the first byte's lowest, so that `trailing_zeros` finds the first hit.

mod chunk;
mod count;
pub(crate) mod digits;
pub(crate) mod mask;

#[cfg(target_arch = "x86_64")]
pub(crate) use chunk::Wide;
pub(crate) use chunk::{CHUNK, Scan, Tail};
pub(crate) use count::newlines;

/// Vectors of 64 bytes: AVX-512 F, BW, VBMI and VBMI2, and AVX2, BMI1 and BMI2 with them. VBMI looks bytes up
/// in a table of 128, VBMI2 squeezes dropped bytes out of a register.
#[cfg(target_arch = "x86_64")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Avx512(());

/// Vectors of 32 bytes: AVX2, and BMI1 and BMI2 with it.
#[cfg(target_arch = "x86_64")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Avx2(());

/// BMI2 alone, for the inflater: variable shifts and masks of the low bits in one instruction each.
#[cfg(target_arch = "x86_64")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Bmi2(());

/// Eight bytes at a time in a general register: any processor has it, so the token needs no test.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Portable;

#[cfg(target_arch = "x86_64")]
impl Avx512 {
    /// The token, if this processor has the instructions.
    pub fn detect() -> Option<Self> {
        let has = is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512bw")
            && is_x86_feature_detected!("avx512vbmi")
            && is_x86_feature_detected!("avx512vbmi2")
            && is_x86_feature_detected!("avx2")
            && is_x86_feature_detected!("bmi1")
            && is_x86_feature_detected!("bmi2");
        has.then_some(Self(()))
    }
}

#[cfg(target_arch = "x86_64")]
impl Avx2 {
    /// The token, if this processor has the instructions.
    pub fn detect() -> Option<Self> {
        let has = is_x86_feature_detected!("avx2")
            && is_x86_feature_detected!("bmi1")
            && is_x86_feature_detected!("bmi2");
        has.then_some(Self(()))
    }
}

#[cfg(target_arch = "x86_64")]
impl Bmi2 {
    /// The token, if this processor has the instructions.
    pub(crate) fn detect() -> Option<Self> {
        is_x86_feature_detected!("bmi2").then_some(Self(()))
    }
}

/// The instructions that text is read with: one of the tokens, chosen at run time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Simd {
    /// Vectors of 64 bytes.
    #[cfg(target_arch = "x86_64")]
    Avx512(Avx512),
    /// Vectors of 32 bytes.
    #[cfg(target_arch = "x86_64")]
    Avx2(Avx2),
    /// General registers.
    Portable(Portable),
}

impl Simd {
    /// Everything that this processor has, the fastest first: what tests and benchmarks go through.
    pub fn available() -> Vec<Self> {
        let mut all = Vec::new();
        #[cfg(target_arch = "x86_64")]
        {
            all.extend(Avx512::detect().map(Self::Avx512));
            all.extend(Avx2::detect().map(Self::Avx2));
        }
        all.push(Self::Portable(Portable));
        all
    }

    /// Its name, such as `avx2`.
    pub fn name(self) -> &'static str {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Avx512(_) => "avx512",
            #[cfg(target_arch = "x86_64")]
            Self::Avx2(_) => "avx2",
            Self::Portable(_) => "portable",
        }
    }

    /// The fastest that this processor has.
    pub fn detect() -> Self {
        #[cfg(target_arch = "x86_64")]
        {
            if let Some(token) = Avx512::detect() {
                return Self::Avx512(token);
            }
            if let Some(token) = Avx2::detect() {
                return Self::Avx2(token);
            }
        }
        Self::Portable(Portable)
    }
}
