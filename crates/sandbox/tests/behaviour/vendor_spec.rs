//! Every operation of the vendor's contacts specification is there, where that file is at hand.

use std::{fs, path::Path};

use reqwest::Method;
use serde_json::Value;

use crate::support::{Crm, MARA, told};

const SPEC: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data/highlevel/apps/contacts.json");

#[tokio::test]
#[expect(clippy::disallowed_macros, reason = "a test that is skipped says so")]
async fn every_operation_of_the_specification_is_routed() {
    if !Path::new(SPEC).exists() {
        eprintln!("skipped: the vendor's specification is not beside this repository");
        return;
    }
    let spec: Value = serde_json::from_str(&fs::read_to_string(SPEC).unwrap()).unwrap();
    let crm = Crm::start().await;
    let mut routed = 0;
    for (path, methods) in spec["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let actual = path.replace("{contactId}", MARA).replace("{type}", "add");
            let actual: String = actual
                .split('/')
                .map(|segment| if segment.starts_with('{') { "unknown" } else { segment })
                .collect::<Vec<_>>()
                .join("/");
            let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
            // Without a token, so that nothing is written; only an unknown route is answered 404.
            let url = format!("{}{actual}", crm.sandbox.base_url());
            let answer = told(crm.client.request(method.clone(), url)).await;
            assert_eq!(answer.status, 401, "{method} {path}");
            let call = crm.sandbox.calls().pop().unwrap();
            assert_eq!(call.operation.as_deref(), operation["operationId"].as_str(), "{method} {path}");
            routed += 1;
        }
    }
    assert_eq!(routed, 32);
}
