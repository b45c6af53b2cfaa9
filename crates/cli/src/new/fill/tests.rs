//! Questions and answers, with a person whose answers are written down beforehand.

use std::collections::VecDeque;

use bellhop_recipe::World;
use serde_json::json;

use super::super::ask::Check;
use super::super::templates;
use super::*;
use crate::compose::Shelf;
use crate::recipes::RecipeFile;
use crate::trouble::Trouble;

const RECIPE: &str = "name: Ask\ninputs:\n  who: { type: user, description: Who calls }\n  tag: { type: tag, default: brand new }\n  score: { type: number, default: 80 }\n  urgent: { type: yes_no, default: no }\n  channel: { type: choice, choices: [email, phone], default: phone }\n  labels: { type: tag, many: true, default: [vip] }\ntrigger: manual\nsteps:\n  - stop: Done\n";

/// What a person does at the next question.
enum Answer {
    /// Chooses what begins so.
    Pick(&'static str),
    /// Types these one after the other, until one is taken.
    Type(&'static [&'static str]),
    /// Presses enter.
    Enter,
    Yes,
}

#[derive(Default)]
struct Actor {
    answers: VecDeque<Answer>,
    heard: Vec<String>,
}

impl Ask for Actor {
    fn choose(&mut self, question: &str, choices: &[String], first: usize) -> Result<usize, Trouble> {
        self.heard.push(format!("{question} [{}]", choices.join(" | ")));
        Ok(match self.answers.pop_front() {
            Some(Answer::Pick(start)) => {
                choices.iter().position(|choice| choice.starts_with(start)).expect("it can be chosen")
            }
            Some(Answer::Enter) => first,
            _ => panic!("not asked to choose: {question}"),
        })
    }

    fn text(&mut self, question: &str, default: Option<&str>, check: Check<'_>) -> Result<String, Trouble> {
        self.heard.push(question.to_owned());
        let typed: Vec<&str> = match self.answers.pop_front() {
            Some(Answer::Type(texts)) => texts.to_vec(),
            Some(Answer::Enter) => vec![default.expect("there is a default")],
            _ => panic!("not asked to type: {question}"),
        };
        for text in typed {
            match check(text) {
                Ok(()) => return Ok(text.to_owned()),
                Err(why) => self.heard.push(why),
            }
        }
        panic!("nothing was taken: {:?}", self.heard)
    }

    fn yes(&mut self, question: &str, default: bool) -> Result<bool, Trouble> {
        self.heard.push(question.to_owned());
        Ok(match self.answers.pop_front() {
            Some(Answer::Yes) => true,
            Some(Answer::Enter) => default,
            _ => panic!("not asked yes or no: {question}"),
        })
    }

    fn say(&mut self, sentence: &str) {
        self.heard.push(sentence.to_owned());
    }
}

async fn shelf(sandbox: bool) -> (tempfile::TempDir, Shelf, Option<bellhop_sandbox::Running>) {
    let folder = tempfile::tempdir().expect("a folder");
    let mut shelf = Shelf::open(Some(folder.path())).expect("a workspace");
    let running =
        if sandbox { Some(crate::plan::sandbox(&mut shelf).await.expect("a sandbox")) } else { None };
    (folder, shelf, running)
}

fn plan(world: &World) -> std::sync::Arc<Plan> {
    let file = RecipeFile::from_text("ask", "ask", RECIPE, world);
    assert!(file.is_good(), "{:?}", file.diagnostics);
    file.plan.expect("it has no errors")
}

#[tokio::test]
async fn a_person_chooses_by_name_and_ids_are_kept() {
    let (_folder, shelf, sandbox) = shelf(true).await;
    let plan = plan(&templates::world(&shelf));
    let answers = [
        Answer::Pick("Ines Albury"),
        Answer::Enter,
        Answer::Enter,
        Answer::Type(&["many", "70"]),
        Answer::Yes,
        Answer::Pick("email"),
        Answer::Type(&["VIP, quite new"]),
    ];
    let mut actor = Actor { answers: answers.into(), heard: Vec::new() };
    let filled = fill(&plan, Known::default(), &mut Account::of(&shelf, &plan), Some(&mut actor)).await;
    let filled = filled.expect("all is answered");
    assert_eq!(
        Value::Object(filled.values),
        json!({
            "who": "userInesAlbury000001", "tag": "brand new", "score": 70, "urgent": true, "channel": "email",
            "labels": ["vip", "quite new"],
        })
    );
    let heard = actor.heard.join("\n");
    for part in [
        "Who calls (who) [",
        "Ines Albury (userInesAlbury000001) | ",
        "another one, by its id",
        "`many` is not a number",
    ] {
        assert!(heard.contains(part), "{part} is missing in\n{heard}");
    }
    assert!(filled.notes.iter().any(|note| note.contains("`quite new`")), "{:?}", filled.notes);
    sandbox.expect("it runs").shutdown().await;
}

#[tokio::test]
async fn without_an_account_ids_are_typed() {
    let (_folder, shelf, _none) = shelf(false).await;
    let plan = plan(&templates::world(&shelf));
    let answers = [
        Answer::Type(&["", "userNobody"]),
        Answer::Enter,
        Answer::Enter,
        Answer::Enter,
        Answer::Enter,
        Answer::Enter,
    ];
    let mut actor = Actor { answers: answers.into(), heard: Vec::new() };
    let filled = fill(&plan, Known::default(), &mut Account::of(&shelf, &plan), Some(&mut actor)).await;
    let filled = filled.expect("all is answered");
    assert_eq!(filled.values["who"], "userNobody");
    assert_eq!(filled.values["labels"], json!(["vip"]));
    let heard = actor.heard.join("\n");
    assert!(heard.contains("Users cannot be looked up, so type the id. No account is connected"), "{heard}");
}

#[tokio::test]
async fn what_is_set_and_kept_is_not_asked() {
    let (_folder, shelf, sandbox) = shelf(true).await;
    let plan = plan(&templates::world(&shelf));
    let set = pairs(&["who=tomas reed".to_owned(), "score=1".to_owned()]).expect("pairs");
    let kept = json!({ "tag": "old", "labels": ["a"], "urgent": true });
    let kept = kept.as_object().expect("an object").clone();
    let mut actor = Actor { answers: [Answer::Pick("phone")].into(), heard: Vec::new() };
    let mut account = Account::of(&shelf, &plan);
    let filled = fill(&plan, Known { set, kept, open: false }, &mut account, Some(&mut actor))
        .await
        .expect("all is known");
    assert_eq!(filled.values["who"], "userTomasReed0000001");
    assert_eq!((&filled.values["tag"], &filled.values["score"]), (&json!("old"), &json!(1)));
    assert_eq!(actor.heard.len(), 1, "{:?}", actor.heard);
    sandbox.expect("it runs").shutdown().await;
}

#[tokio::test]
async fn everything_that_is_wrong_is_told_at_once() {
    let (_folder, shelf, sandbox) = shelf(true).await;
    let plan = plan(&templates::world(&shelf));
    let set = ["scor=1", "score=many", "channel=pigeon", "who=Ines"].map(str::to_owned);
    let known = Known { set: pairs(&set).expect("pairs"), kept: Map::new(), open: false };
    let told = fill(&plan, known, &mut Account::of(&shelf, &plan), None).await.expect_err("it is wrong").0;
    for part in [
        "There is no input `scor`: did you mean `score`?",
        "`many` is not a number",
        "`pigeon` is none of email, phone",
        "The input `who`: There is no user `Ines`. Did you mean `Ines Albury`?",
    ] {
        assert!(told.contains(part), "{part} is missing in\n{told}");
    }
    assert!(!told.contains("must be given"), "what was tried is not asked for again: {told}");
    sandbox.expect("it runs").shutdown().await;
}
