//! `bellhop explain`: the page of a code, as it stands under `docs/errors/`, or the list of all codes.

mod pages;

use bellhop_source::closest;
use serde_json::json;

use crate::arguments::ExplainArguments;
use crate::codes;
use crate::trouble::{Ending, Trouble};

/// Prints what was asked for.
pub(crate) fn explain(arguments: &ExplainArguments) -> Result<Ending, Trouble> {
    match &arguments.code {
        Some(code) => page(code, arguments.json)?,
        None => list(arguments.json),
    }
    Ok(Ending::Fine)
}

/// The page of a code.
pub(crate) fn page_of(code: &str) -> Option<&'static str> {
    pages::PAGES.iter().find(|(known, _)| *known == code).map(|(_, page)| *page)
}

fn page(asked: &str, json: bool) -> Result<(), Trouble> {
    let asked = asked.trim().to_ascii_uppercase();
    let page = pages::PAGES.iter().find(|(code, _)| *code == asked);
    let title = codes::all().into_iter().find(|(code, _)| code.0 == asked).map(|(_, title)| title);
    let (Some((code, page)), Some(title)) = (page, title) else {
        return Err(unknown(&asked));
    };
    if json {
        anstream::println!("{:#}", json!({ "code": code, "title": title, "page": page }));
    } else {
        anstream::println!("{}", page.trim_end());
    }
    Ok(())
}

fn unknown(asked: &str) -> Trouble {
    let all = codes::all();
    // A number alone is a code whose letters were left out.
    let digits: String = asked.chars().filter(char::is_ascii_digit).collect();
    let padded = format!("BH{digits:0>4}");
    let near = all
        .iter()
        .map(|(code, _)| code.0)
        .find(|code| *code == padded)
        .or_else(|| closest(asked, all.iter().map(|(code, _)| code.0)));
    Trouble::new(match near {
        Some(near) => format!("There is no code `{asked}`. Did you mean `{near}`?"),
        None => format!("There is no code `{asked}`. `bellhop explain` lists all codes."),
    })
}

fn list(json: bool) {
    let all = codes::all();
    if json {
        let all: Vec<_> = all.iter().map(|(code, title)| json!({ "code": code.0, "title": title })).collect();
        anstream::println!("{:#}", json!({ "codes": all }));
        return;
    }
    for (code, title) in all {
        anstream::println!("{}  {title}", code.0);
    }
}
