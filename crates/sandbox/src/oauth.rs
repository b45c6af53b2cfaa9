//! The OAuth endpoints: consent (granted at once), code and refresh exchanges, and an agency's location tokens.
//!
//! Version 3 writes the same in camelCase and under paths with a dash (facts 3): [`Words`] has both.
//! Rotation and its window are in `tokens.rs`. `client_credentials` is in the published list of grants, yet no source
//! shows it working: it is refused with a sentence.

use std::time::Instant;

use serde_json::{Value, json};

use crate::{
    answer::{Answer, Reply, bad_request, no_route, ok, unauthorized, unprocessable},
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

/// The names of a token request's fields and of a token answer's, which depend on the version.
struct Words {
    client_id: &'static str,
    client_secret: &'static str,
    grant_type: &'static str,
    refresh_token: &'static str,
    user_type: &'static str,
    redirect_uri: &'static str,
    access_token: &'static str,
    token_type: &'static str,
    expires_in: &'static str,
}

const SNAKE: Words = Words {
    client_id: "client_id",
    client_secret: "client_secret",
    grant_type: "grant_type",
    refresh_token: "refresh_token",
    user_type: "user_type",
    redirect_uri: "redirect_uri",
    access_token: "access_token",
    token_type: "token_type",
    expires_in: "expires_in",
};

const CAMEL: Words = Words {
    client_id: "clientId",
    client_secret: "clientSecret",
    grant_type: "grantType",
    refresh_token: "refreshToken",
    user_type: "userType",
    redirect_uri: "redirectUri",
    access_token: "accessToken",
    token_type: "tokenType",
    expires_in: "expiresIn",
};

fn words(request: &Request) -> Words {
    if request.is_v3() { CAMEL } else { SNAKE }
}

/// `POST /oauth/token`. Without a `Version` it is version 2, which asks for none here.
pub(crate) fn token(world: &mut World, request: &Request) -> Reply {
    let words = words(request);
    body::check(
        &request.body,
        &[
            text(words.client_id).required(),
            text(words.client_secret).required(),
            text(words.grant_type).required().one_of(&[
                "authorization_code",
                "refresh_token",
                "client_credentials",
            ]),
            text("code"),
            text(words.refresh_token),
            text(words.user_type).one_of(&["Company", "Location"]),
            text(words.redirect_uri),
        ],
    )?;
    let app = &world.config.oauth;
    if request.text(words.client_id) != app.client_id
        || request.text(words.client_secret) != app.client_secret
    {
        return Err(unauthorized("Invalid client credentials!"));
    }
    let now = Instant::now();
    let pair = match request.text(words.grant_type) {
        "authorization_code" => world
            .tokens
            .exchange(request.text("code"), now)
            .ok_or_else(|| refused("Invalid grant: authorization code is invalid"))?,
        "refresh_token" => world
            .tokens
            .refresh(request.text(words.refresh_token), now)
            .ok_or_else(|| refused("Invalid grant: refresh token is invalid"))?,
        _ => return Err(refused("The client_credentials grant is not enabled for this client")),
    };
    let mut answer = told(world, &pair, &words);
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

fn told(world: &World, pair: &Pair, words: &Words) -> Value {
    let user = world.data.users.keys().next().cloned().unwrap_or_default();
    json!({
        words.access_token: pair.access,
        words.token_type: "Bearer",
        words.expires_in: world.tokens.life().as_secs(),
        words.refresh_token: pair.refresh,
        "scope": pair.scopes.join(" "),
        "userType": if pair.owner == Owner::Location { "Location" } else { "Company" },
        "companyId": world.data.company_id(),
        "userId": user,
        "planId": APP_ID,
        "isBulkInstallation": false,
    })
}

/// `POST /oauth/location-token`: the path of version 3, unknown to the others.
pub(crate) fn location_token_v3(world: &mut World, request: &Request) -> Reply {
    only_v3(request)?;
    location_token(world, request)
}

fn only_v3(request: &Request) -> Result<(), Answer> {
    if request.is_v3() { Ok(()) } else { Err(no_route(&request.method, &request.path)) }
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
    let mut answer = told(world, &pair, &words(request));
    answer["locationId"] = world.data.location_id().into();
    answer["appId"] = APP_ID.into();
    answer["versionId"] = APP_ID.into();
    ok(answer)
}

/// `GET /oauth/installedLocations`: the one location there is, where the app and the agency are the sandbox's own.
pub(crate) fn installed_locations(world: &mut World, request: &Request) -> Reply {
    let locations = installed(world, request)?;
    let skip = request.number("skip", 0, usize::MAX).map_err(|wrong| unprocessable(&wrong))?;
    let limit = request.number("limit", 20, usize::MAX).map_err(|wrong| unprocessable(&wrong))?;
    let shown: Vec<&Value> = locations.iter().skip(skip).take(limit).collect();
    ok(json!({"locations": shown, "count": locations.len(), "installToFutureLocations": false}))
}

/// `GET /oauth/installed-locations`: the same under version 3, as a page. One location never fills a page.
pub(crate) fn installed_locations_v3(world: &mut World, request: &Request) -> Reply {
    only_v3(request)?;
    let locations = installed(world, request)?;
    let count = locations.len();
    let page = json!({
        "hasNextPage": false, "hasPrevPage": false, "currentPageSize": count, "totalRecords": count,
    });
    ok(json!({"items": locations, "pagination": page, "installToFutureLocations": false}))
}

fn installed(world: &World, request: &Request) -> Result<Vec<Value>, Answer> {
    let missing: Vec<String> = ["companyId", "appId"]
        .into_iter()
        .filter(|name| request.query(name).is_none())
        .map(|name| format!("{name} should not be empty"))
        .collect();
    body::refuse(&missing)?;
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
    Ok(is_there.then_some(location).into_iter().collect())
}
