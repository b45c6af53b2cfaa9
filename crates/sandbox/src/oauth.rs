//! The OAuth endpoints: consent (granted at once), code and refresh exchanges, and an agency's location tokens.
//!
//! Rotation and its window are in `tokens.rs`. `client_credentials` is in the published list of grants, yet no source
//! shows it working: it is refused with a sentence.

use std::time::Instant;

use serde_json::{Value, json};

use crate::{
    answer::{Answer, Reply, bad_request, ok, unauthorized, unprocessable},
    body::{self, text},
    checks::bearer,
    data::text as text_of,
    events::APP_ID,
    request::Request,
    tokens::{ALL_SCOPES, Owner, Pair},
    world::World,
};

/// `GET /oauth/chooselocation`: sends the browser back with a code, as if the administrator had agreed.
pub(crate) fn choose_location(world: &mut World, request: &Request) -> Reply {
    let target = request.query("redirect_uri").and_then(|uri| url::Url::parse(uri).ok());
    let Some(mut target) = target else {
        return Err(bad_request("redirect_uri is missing or no address"));
    };
    if request.query("client_id") != Some(&world.config.oauth.client_id) {
        return Err(bad_request("client_id is unknown"));
    }
    let asked = request.query("scope").unwrap_or_default();
    let scopes = if asked.is_empty() { all_scopes() } else { asked.split(' ').map(str::to_owned).collect() };
    let owner = if request.query("user_type") == Some("Company") { Owner::Company } else { Owner::Location };
    let code = world.tokens.new_code(owner, scopes);
    target.query_pairs_mut().append_pair("code", &code);
    if let Some(state) = request.query("state") {
        target.query_pairs_mut().append_pair("state", state);
    }
    Ok(Answer::redirect(target.into()))
}

pub(crate) fn all_scopes() -> Vec<String> {
    ALL_SCOPES.iter().map(|&scope| scope.to_owned()).collect()
}

/// `POST /oauth/token`
pub(crate) fn token(world: &mut World, request: &Request) -> Reply {
    body::check(
        &request.body,
        &[
            text("client_id").required(),
            text("client_secret").required(),
            text("grant_type").required().one_of(&[
                "authorization_code",
                "refresh_token",
                "client_credentials",
            ]),
            text("code"),
            text("refresh_token"),
            text("user_type").one_of(&["Company", "Location"]),
            text("redirect_uri"),
        ],
    )?;
    let app = &world.config.oauth;
    if request.text("client_id") != app.client_id || request.text("client_secret") != app.client_secret {
        return Err(unauthorized("Invalid client credentials!"));
    }
    let now = Instant::now();
    let pair = match request.text("grant_type") {
        "authorization_code" => world
            .tokens
            .exchange(request.text("code"), now)
            .ok_or_else(|| refused("Invalid grant: authorization code is invalid"))?,
        "refresh_token" => world
            .tokens
            .refresh(request.text("refresh_token"), now)
            .ok_or_else(|| refused("Invalid grant: refresh token is invalid"))?,
        _ => return Err(refused("The client_credentials grant is not enabled for this client")),
    };
    let mut answer = told(world, &pair);
    if pair.owner == Owner::Location {
        answer["locationId"] = world.data.location_id().into();
    } else {
        answer["approvedLocations"] = json!([world.data.location_id()]);
        answer["installToFutureLocations"] = false.into();
        answer["approveAllLocations"] = false.into();
    }
    ok(answer)
}

fn refused(message: &str) -> Answer {
    Answer::json(
        400,
        json!({"statusCode": 400, "error": "invalid_grant", "error_description": message, "message": message}),
    )
}

fn told(world: &World, pair: &Pair) -> Value {
    let user = world.data.users.keys().next().cloned().unwrap_or_default();
    json!({
        "access_token": pair.access,
        "token_type": "Bearer",
        "expires_in": world.tokens.life().as_secs(),
        "refresh_token": pair.refresh,
        "scope": pair.scopes.join(" "),
        "userType": if pair.owner == Owner::Location { "Location" } else { "Company" },
        "companyId": world.data.company_id(),
        "userId": user,
        "planId": APP_ID,
        "isBulkInstallation": false,
    })
}

/// `POST /oauth/locationToken`: an agency's OAuth token for one of a location, with the same scopes.
pub(crate) fn location_token(world: &mut World, request: &Request) -> Reply {
    body::check(&request.body, &[text("companyId").required(), text("locationId").required()])?;
    if request.text("companyId") != world.data.company_id()
        || request.text("locationId") != world.data.location_id()
    {
        return Err(bad_request("Location not found"));
    }
    let now = Instant::now();
    let scopes =
        bearer(request).and_then(|token| world.tokens.grant(token, now)).map(|grant| grant.scopes.clone());
    let pair = world.tokens.issue(Owner::Location, scopes.unwrap_or_default(), now);
    let mut answer = told(world, &pair);
    answer["locationId"] = world.data.location_id().into();
    answer["appId"] = APP_ID.into();
    answer["versionId"] = APP_ID.into();
    ok(answer)
}

/// `GET /oauth/installedLocations`: the one location there is, where the app and the agency are the sandbox's own.
pub(crate) fn installed_locations(world: &mut World, request: &Request) -> Reply {
    let missing: Vec<String> = ["companyId", "appId"]
        .into_iter()
        .filter(|name| request.query(name).is_none())
        .map(|name| format!("{name} should not be empty"))
        .collect();
    body::refuse(&missing)?;
    let skip = request.number("skip", 0, usize::MAX).map_err(|wrong| unprocessable(&wrong))?;
    let limit = request.number("limit", 20, usize::MAX).map_err(|wrong| unprocessable(&wrong))?;
    let data = &world.data;
    let name = text_of(&data.location, "name");
    let meets = |parameter: &str, value: &str| request.query(parameter).is_none_or(|asked| asked == value);
    let is_there = meets("companyId", data.company_id())
        && meets("appId", APP_ID)
        && meets("locationId", data.location_id())
        && meets("isInstalled", "true")
        && request.query("query").is_none_or(|asked| name.to_lowercase().contains(&asked.to_lowercase()));
    let location = json!({
        "_id": data.location_id(),
        "name": name,
        "address": text_of(&data.location, "address"),
        "isInstalled": true,
        "versionId": APP_ID,
    });
    let locations: Vec<Value> = is_there.then_some(location).into_iter().collect();
    let count = locations.len();
    let shown: Vec<Value> = locations.into_iter().skip(skip).take(limit).collect();
    ok(json!({"locations": shown, "count": count, "installToFutureLocations": false}))
}
