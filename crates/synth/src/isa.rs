//! Which instruction set the engine's loops run with: found out when the engine is made.
//!
//! All run the same loops, written with the vectors of `simd`, without fused operations, so they give
//! the same bits and differ only in speed.

/// An instruction set that the loops are compiled for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Isa {
    /// What every CPU of the architecture has: SSE2 on x86-64, NEON on `AArch64`.
    Baseline,
    /// 256 bits wide.
    #[cfg(target_arch = "x86_64")]
    Avx2,
    /// 512 bits wide.
    #[cfg(target_arch = "x86_64")]
    Avx512,
}

impl Isa {
    /// The widest that this CPU has.
    #[must_use]
    pub fn detect() -> Self {
        #[cfg(target_arch = "x86_64")]
        {
            use std::arch::is_x86_feature_detected as has;
            if has!("avx512f") && has!("avx512bw") && has!("avx512dq") && has!("avx512vl") {
                return Isa::Avx512;
            }
            if has!("avx2") {
                return Isa::Avx2;
            }
        }
        Isa::Baseline
    }

    /// All that this CPU has, the narrowest first.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "not for the render thread")]
    pub fn available() -> Vec<Self> {
        let widest = Isa::detect();
        let all = [
            Isa::Baseline,
            #[cfg(target_arch = "x86_64")]
            Isa::Avx2,
            #[cfg(target_arch = "x86_64")]
            Isa::Avx512,
        ];
        let narrower = all.into_iter().take_while(|isa| *isa != widest);
        narrower.chain([widest]).collect()
    }
}
