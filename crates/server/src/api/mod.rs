//! The REST calls.

mod body;
mod health;
mod status;

mod control;
mod controls;
mod stations;

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use bytes::Bytes;
use http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderMap, Method, Uri};
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityRequirement, SecurityScheme};
use utoipa::{Modify, OpenApi};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::problem::Problem;
use crate::server::Server;
use crate::{media, ws};

type ServerState = State<Arc<Server>>;

/// What the document says beside the paths, which say for themselves what they take and answer.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Aeolian",
        description = "A station that composes and plays endless ambient music, live.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0")
    ),
    modifiers(&BearerToken)
)]
struct ApiDocument;

struct BearerToken;

impl Modify for BearerToken {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let scheme = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
        document.components.get_or_insert_default().add_security_scheme("token", scheme);
        // With a token or without one: what is open depends on the server's configuration.
        document.security = Some(vec![
            SecurityRequirement::default(),
            SecurityRequirement::new::<_, [&str; 0], &str>("token", []),
        ]);
    }
}

/// Every path of the server. What `/api/openapi.json` says of them is made from the same handlers.
pub(crate) fn router(server: Arc<Server>) -> Router {
    let router = OpenApiRouter::with_openapi(ApiDocument::openapi())
        .routes(routes!(ws::upgrade::upgrade))
        .routes(routes!(control::control))
        .routes(routes!(controls::controls))
        .routes(routes!(status::status))
        .routes(routes!(status::metrics))
        .routes(routes!(status::score))
        .routes(routes!(stations::list, stations::make))
        .routes(routes!(stations::end))
        .routes(routes!(media::playlist::playlist))
        .routes(routes!(health::healthz))
        .routes(routes!(health::readyz));
    let router = media::routes().fold(router, OpenApiRouter::routes);
    let (router, document) = router.split_for_parts();
    let document = Bytes::from(document.to_json().unwrap_or_default());
    let openapi = async move || fresh(([(CONTENT_TYPE, "application/json")], document));
    router
        .route("/api/openapi.json", get(openapi))
        .method_not_allowed_fallback(method_not_allowed)
        .fallback(page)
        .with_state(server)
}

/// What must not be kept by anybody on the way.
fn fresh(answer: impl IntoResponse) -> Response {
    ([(CACHE_CONTROL, "no-store")], answer).into_response()
}

async fn page(
    State(server): ServerState,
    method: Method,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Response, Problem> {
    let found = server.page.answer(uri.path(), &headers);
    if found.is_ok() && !matches!(method, Method::GET | Method::HEAD) {
        let problem = Problem::method_not_allowed("This path answers to GET and HEAD.");
        return Ok(([(ALLOW, "GET,HEAD")], problem).into_response());
    }
    found
}

async fn method_not_allowed() -> Problem {
    Problem::method_not_allowed("This path does not answer to this method.")
}
