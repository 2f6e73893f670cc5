//! The table of controls: what can be steered, for pages and other clients.

use aeolian_score::control::ROWS;
use aeolian_score::control::preset::Preset;
use aeolian_score::control::row::Row;
use axum::Json;
use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, Uri};
use serde::Serialize;
use serde_json::{Map, Value};

use super::{Shared, fresh};
use crate::access::Role;
use crate::problem::Problem;
use crate::request::ToServer;
use crate::schema;
use crate::server::Parameters;

/// What `GET /api/controls` answers. It is the same for every station.
#[derive(Serialize)]
struct Controls {
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
/// people; and the presets. It is the same for every station, and until the server is another.
#[utoipa::path(
    get,
    path = "/api/controls",
    tag = "control",
    params(ToServer),
    responses(
        ToServer,
        (status = 200, description = "The table", body = schema::Controls),
    )
)]
pub(super) async fn controls(
    State(server): Shared,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Response, Problem> {
    server.authorize(&headers, &Parameters::of(&uri)?, Role::Listen)?;
    let presets = Preset::ALL.map(Described::of);
    Ok(fresh(Json(Controls { controls: ROWS, presets })))
}
