//! What the CPUs' registers have in common: the operations under other names.

/// Makes a vector of floats and one of integers of a pair of register types. What differs in more than its
/// name, `flush`, `largest`, `interleaved`, `sums`, `pairs`, `times` and the `count` of a shift, the file of the
/// instruction set writes itself.
macro_rules! vectors {
    (
        $floats:ident($float:ident), $words:ident($word:ident), $width:literal, $isa:ident, $half:ident,
        $add:ident, $sub:ident, $mul:ident, $div:ident, $min:ident, $max:ident,
        $splat:ident, $load:ident, $store:ident, $bits:ident, $from_bits:ident, $truncated:ident,
        $add_words:ident, $sub_words:ident, $and:ident, $xor:ident, $splat_words:ident,
        $load_words:ident, $store_words:ident, $left:ident, $right:ident, $right_signed:ident,
        $to_floats:ident
    ) => {
        #[doc = concat!(stringify!($width), " floats.")]
        #[derive(Clone, Copy)]
        pub(crate) struct $floats($float);

        #[doc = concat!(stringify!($width), " integers.")]
        #[derive(Clone, Copy)]
        pub(crate) struct $words($word);

        vectors!(@operator $floats, Add, add, $add);
        vectors!(@operator $floats, Sub, sub, $sub);
        vectors!(@operator $floats, Mul, mul, $mul);
        vectors!(@operator $words, BitAnd, bitand, $and);
        vectors!(@operator $words, BitXor, bitxor, $xor);

        // SAFETY of every block: the engine makes these types' values only in code that it enters where
        // the CPU has the instructions. Loads and stores stay inside a slice that has been checked
        // to be as long as a register, and need no alignment.
        #[allow(unused_unsafe, reason = "an operation that the file itself writes may be safe")]
        impl Floats for $floats {
            const WIDTH: usize = $width;
            const ISA: Isa = Isa::$isa;
            type Half = $half;
            type Words = $words;

            #[inline(always)]
            fn splat(x: f32) -> Self {
                // SAFETY: as above.
                Self(unsafe { $splat(x) })
            }
            #[inline(always)]
            fn load(from: &[f32], at: usize) -> Self {
                let from = &from[at..at + $width];
                // SAFETY: as above.
                Self(unsafe { $load(from.as_ptr().cast()) })
            }
            #[inline(always)]
            fn store(self, to: &mut [f32], at: usize) {
                let to = &mut to[at..at + $width];
                // SAFETY: as above.
                unsafe { $store(to.as_mut_ptr().cast(), self.0) }
            }
            #[inline(always)]
            fn divided_by(self, divisor: Self) -> Self {
                // SAFETY: as above.
                Self(unsafe { $div(self.0, divisor.0) })
            }
            #[inline(always)]
            fn min(self, other: Self) -> Self {
                // SAFETY: as above.
                Self(unsafe { $min(self.0, other.0) })
            }
            #[inline(always)]
            fn max(self, other: Self) -> Self {
                // SAFETY: as above.
                Self(unsafe { $max(self.0, other.0) })
            }
            #[inline(always)]
            fn abs(self) -> Self {
                Self::from_bits(self.to_bits() & $words::splat(0x7fff_ffff))
            }
            #[inline(always)]
            fn to_bits(self) -> $words {
                // SAFETY: as above.
                $words(unsafe { $bits(self.0) })
            }
            #[inline(always)]
            fn from_bits(bits: $words) -> Self {
                // SAFETY: as above.
                Self(unsafe { $from_bits(bits.0) })
            }
            #[inline(always)]
            fn truncated(self) -> $words {
                // SAFETY: as above.
                $words(unsafe { $truncated(self.0) })
            }
            #[inline(always)]
            fn interleaved(self, other: Self) -> (Self, Self) {
                let (low, high) = interleaved(self.0, other.0);
                (Self(low), Self(high))
            }
            #[inline(always)]
            fn flush(self) -> Self {
                Self(audible(self.0, self.abs().0, Self::splat(INAUDIBLE).0))
            }
            #[inline(always)]
            fn largest(self) -> f32 {
                largest(self.0)
            }
            #[inline(always)]
            fn sums<const UPPER: bool>(lanes: &[f32], frames: usize, frame: usize) -> [f32; 4] {
                sums::<Self, UPPER>(lanes, frames, frame)
            }
            #[inline(always)]
            fn pairs(points: &Points, places: &[PointIndex], at: usize) -> (Self, Self) {
                let (here, next) = pairs(points, &places[at..at + $width]);
                (Self(here), Self(next))
            }
        }

        #[allow(unused_unsafe, reason = "as above")]
        impl Words for $words {
            type Floats = $floats;

            #[inline(always)]
            fn splat(x: u32) -> Self {
                // SAFETY: as above.
                Self(unsafe { $splat_words(x.cast_signed()) })
            }
            #[inline(always)]
            fn load(from: &[u32], at: usize) -> Self {
                let from = &from[at..at + $width];
                // SAFETY: as above.
                Self(unsafe { $load_words(from.as_ptr().cast()) })
            }
            #[inline(always)]
            fn store(self, to: &mut [u32], at: usize) {
                let to = &mut to[at..at + $width];
                // SAFETY: as above.
                unsafe { $store_words(to.as_mut_ptr().cast(), self.0) }
            }
            #[inline(always)]
            fn store_places(self, to: &mut [PointIndex], at: usize) {
                let to = &mut to[at..at + $width];
                let places = self & Self::splat(PointIndex::MASK);
                // SAFETY: as above; a place is one integer, and these are masked as it must be.
                unsafe { $store_words(to.as_mut_ptr().cast(), places.0) }
            }
            #[inline(always)]
            fn plus(self, other: Self) -> Self {
                // SAFETY: as above.
                Self(unsafe { $add_words(self.0, other.0) })
            }
            #[inline(always)]
            fn minus(self, other: Self) -> Self {
                // SAFETY: as above.
                Self(unsafe { $sub_words(self.0, other.0) })
            }
            #[inline(always)]
            fn times(self, factor: Self) -> Self {
                Self(times(self.0, factor.0))
            }
            #[inline(always)]
            fn left<const BITS: i32>(self) -> Self {
                // SAFETY: as above.
                Self(unsafe { $left(self.0, count(BITS)) })
            }
            #[inline(always)]
            fn right<const BITS: i32>(self) -> Self {
                // SAFETY: as above.
                Self(unsafe { $right(self.0, count(BITS)) })
            }
            #[inline(always)]
            fn right_signed<const BITS: i32>(self) -> Self {
                // SAFETY: as above.
                Self(unsafe { $right_signed(self.0, count(BITS)) })
            }
            #[inline(always)]
            fn to_floats(self) -> $floats {
                // SAFETY: as above.
                $floats(unsafe { $to_floats(self.0) })
            }
        }
    };
    (@operator $vector:ident, $trait:ident, $method:ident, $intrinsic:ident) => {
        impl $trait for $vector {
            type Output = Self;
            #[inline(always)]
            fn $method(self, other: Self) -> Self {
                // SAFETY: the engine makes this type's values only where the CPU has the instruction.
                Self(unsafe { $intrinsic(self.0, other.0) })
            }
        }
    };
}

pub(super) use vectors;
