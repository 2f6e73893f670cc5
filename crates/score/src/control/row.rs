//! A row of the table of controls: all that is known of one control, for parsers, logs, flags, docs
//! and pages alike.

use super::values::Values;

/// When a change of a control is heard, the soonest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Holds {
    /// At once. No note is composed again.
    AtOnce,
    /// At once, as a ramp over one beat. No note is composed again.
    Ramp,
    /// In the sound at once, in the notes from the next beat.
    NextBeat,
    /// In the notes, from the next bar.
    NextBar,
}

impl Holds {
    /// The same for people, to stand behind "takes hold".
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Holds::AtOnce => "at once",
            Holds::Ramp => "at once, as a ramp over one beat",
            Holds::NextBeat => "at once in the sound, and from the next beat in the notes",
            Holds::NextBar => "from the next bar",
        }
    }
}

/// What the waves of a slider do from its lowest to its highest value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Shape {
    /// They come closer together.
    Closer,
    /// They grow.
    Growing,
    /// They sharpen.
    Sharper,
    /// They drift apart.
    Apart,
    /// They stray from the path.
    Astray,
}

/// How a page draws a control that is a number: as a line that looks like what it does.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Slider {
    /// What the line looks like.
    pub shape: Shape,
    /// Words for its values from the lowest to the highest, each for an equal stretch. Where there
    /// are none, the value itself is shown with its unit.
    pub says: &'static [&'static str],
    /// The word for the lowest value alone, where it has one of its own.
    pub says_lowest: Option<&'static str>,
    /// Whether the small player has it, where there is room for little.
    pub in_player: bool,
}

/// The keys that move a control a step.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Shortcut {
    /// Keys for a step up, or to the next value, as the browser's `KeyboardEvent.key` names them.
    pub up: &'static [&'static str],
    /// Keys for a step down, or to the value before.
    pub down: &'static [&'static str],
    /// How far a step goes, in the control's unit; places, where its values are a list.
    pub step: f64,
    /// What the keys do, for the list of shortcuts.
    pub says: &'static str,
}

/// One control. It serialises to what `GET /api/controls` says of it.
#[derive(Debug)]
pub struct Row {
    /// Its name on the wire, in the log, as a key of configuration files, and as a flag.
    pub name: &'static str,
    /// Which values it takes.
    pub values: Values,
    /// When a change of it is heard.
    pub holds: Holds,
    /// Whether a preset may set it.
    pub in_presets: bool,
    /// What people call it: a heading, a slider's label.
    pub label: &'static str,
    /// One sentence that says what it does, in Markdown. The doc comment above the row.
    pub about: &'static str,
    /// What is said of a listener who changed it: "Another listener …". Its new value stands for `{}`.
    pub moved: &'static str,
    /// How it is drawn, where it is a number.
    pub slider: Option<Slider>,
    /// Which keys move it, where some do.
    pub shortcut: Option<Shortcut>,
}
