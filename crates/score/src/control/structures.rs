//! From the rows of the table to typed structures: the macro that the table is written in.

/// Makes of each row
///
/// ```text
/// /// How much happens.
/// intensity: Level = Level::constant(0.5), asked as Level {
///     holds: Holds::NextBeat,
///     … the other fields of a `Row` that are for the table to say …
/// }
/// ```
///
/// * `Controls::intensity`, a `Level`, with its default, its place in the state on the wire;
/// * `Change::intensity`, an `Option<Level>`: what a listener may ask for;
/// * a `Row` in `ROWS`: its name is the field's, its `about` the comment above it, its `values` those
///   of what it is asked as;
/// * a `Reach` at the same place of `REACH`, by which it is read, written, applied and compared.
macro_rules! controls {
    ($(
        $(#[doc = $about:literal])+
        $name:ident: $held:ty = $default:expr, asked as $asked:ty { $($words:tt)* }
    )+) => {
        /// Everything that can be steered. [`Controls::default`] is what a station starts with.
        ///
        /// It serialises to the state on the wire, whose members are the rows in their order.
        #[derive(Clone, Copy, Debug, PartialEq)]
        pub struct Controls {
            $($(#[doc = $about])+ pub $name: $held,)+
        }

        impl Default for Controls {
            fn default() -> Self {
                Self { $($name: $default,)+ }
            }
        }

        impl serde::Serialize for Controls {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                use serde::ser::SerializeStruct;
                let mut state = serializer.serialize_struct("Controls", ROWS.len())?;
                $(
                    let shown = <$asked as Asked<$held>>::shown(self.$name, self.home());
                    state.serialize_field(stringify!($name), &shown)?;
                )+
                state.end()
            }
        }

        /// A valid change of any of the controls. The default changes nothing.
        #[derive(Clone, Debug, Default, PartialEq)]
        pub struct Change {
            $($(#[doc = $about])+ pub $name: Option<$asked>,)+
            /// When it takes hold. No control, but a member of a change beside them.
            pub apply: Apply,
        }

        impl Change {
            /// Changes nothing.
            pub const NOTHING: Self = Self { $($name: None,)+ apply: Apply::Now };
        }

        /// Every control, in the order of the wire.
        pub static ROWS: &[Row] = &[$(Row {
            name: stringify!($name),
            about: concat!($($about),+).trim_ascii(),
            values: <$asked as Asked<$held>>::VALUES,
            $($words)*
        }),+];

        /// One control's place in the structures.
        pub(super) struct Reach {
            /// Reads what is asked of it out of JSON.
            pub(super) read: fn(&mut Refusals, &Value, &mut Change),
            /// What is asked of it, as JSON; none where nothing is.
            pub(super) written: fn(&Change) -> Option<Value>,
            /// Does what is asked of it.
            pub(super) put: fn(&Change, &mut Controls),
            /// Asks for the value that it has.
            pub(super) ask: fn(&Controls, &mut Change),
            /// Gives the second its value in the first.
            pub(super) copy: fn(&Controls, &mut Controls),
            /// Whether both have the same value.
            pub(super) same: fn(&Controls, &Controls) -> bool,
        }

        /// The places of the rows, in their order.
        pub(super) static REACH: &[Reach] = &[$(Reach {
            read: |refusals, value, change| {
                change.$name = <$asked as Asked<$held>>::read(refusals, stringify!($name), value);
            },
            written: |change| change.$name.map(<$asked as Asked<$held>>::written),
            put: |change, controls| {
                if let Some(asked) = change.$name {
                    <$asked as Asked<$held>>::put(asked, &mut controls.$name);
                }
            },
            ask: |controls, change| {
                change.$name = <$asked as Asked<$held>>::of(controls.$name);
            },
            copy: |from, to| to.$name = from.$name,
            same: |a, b| a.$name == b.$name,
        }),+];
    };
}

pub(super) use controls;
