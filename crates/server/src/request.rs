//! What most requests have in common, for the OpenAPI document: the query that they take, and what
//! they are refused with.

use std::collections::BTreeMap;

use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::Type;
use utoipa::openapi::{
    ContentBuilder, ObjectBuilder, Ref, RefOr, Required, Response, ResponseBuilder,
};
use utoipa::{IntoParams, IntoResponses};

/// A request to the server as a whole.
pub(crate) enum ToServer {}

/// A request to one of its stations.
pub(crate) enum ToStation {}

/// A request with a JSON object as its body.
pub(crate) enum WithBody {}

fn in_query(name: &str, description: &str) -> Parameter {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Query)
        .required(Required::False)
        .description(Some(description))
        .schema(Some(ObjectBuilder::new().schema_type(Type::String)))
        .build()
}

fn refusals<const N: usize>(refusals: [(u16, &str); N]) -> BTreeMap<String, RefOr<Response>> {
    let refusal = |(status, description): (u16, &str)| {
        let problem = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
        let response = ResponseBuilder::new().description(description);
        let response = response.content("application/problem+json", problem).build();
        (status.to_string(), response.into())
    };
    refusals.into_iter().map(refusal).collect()
}

impl IntoParams for ToServer {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        vec![in_query("token", "A token, for clients that cannot send it as a header")]
    }
}

impl IntoResponses for ToServer {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        refusals([
            (400, "The query, or the body, cannot be read"),
            (401, "A token is needed, or the one given is unknown"),
            (403, "The token does not reach that far, or a page from elsewhere asks"),
        ])
    }
}

impl IntoParams for ToStation {
    fn into_params(provider: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let mut params = ToServer::into_params(provider);
        params.push(in_query("station", "The station's name; main if not given"));
        params
    }
}

impl IntoResponses for ToStation {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let mut responses = ToServer::responses();
        responses.append(&mut refusals([(404, "No such station")]));
        responses
    }
}

impl IntoResponses for WithBody {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        refusals([
            (408, "The body did not come"),
            (413, "The body is too large"),
            (415, "The body is no JSON"),
            (422, "Fields are wrong; every one is named"),
        ])
    }
}
