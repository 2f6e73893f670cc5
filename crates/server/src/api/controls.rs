//! The table of controls: what can be steered, for pages and other clients.

use aeolian_score::control::ROWS;
use aeolian_score::control::preset::Preset;
use aeolian_score::control::row::Row;
use axum::Json;
use axum::response::Response;
use serde::Serialize;
use serde_json::{Map, Value};

use super::fresh;
use crate::schema;

/// What `GET /api/controls` answers. It is the same for every station.
#[derive(Serialize)]
struct ControlTable {
    controls: &'static [Row],
    presets: [Described; Preset::COUNT],
}

/// A preset.
#[derive(Serialize)]
struct Described {
    name: &'static str,
    label: &'static str,
    about: &'static str,
    sets: Map<String, Value>,
}

impl Described {
    fn of(preset: Preset) -> Self {
        let (name, label, about) = (preset.name(), preset.label(), preset.about());
        Self { name, label, about, sets: preset.sets() }
    }
}

/// The table of controls: names, kinds, ranges, defaults, when a change is heard, and words for
/// people; and the presets. It is the same for every station, and until the server is another. No
/// token is needed: it says how to ask, and nothing of any station.
#[utoipa::path(
    get,
    path = "/api/controls",
    tag = "control",
    responses(
        (status = 200, description = "The table", body = schema::Controls),
    )
)]
pub(super) async fn controls() -> Response {
    let presets = Preset::ALL.map(Described::of);
    fresh(Json(ControlTable { controls: ROWS, presets }))
}
