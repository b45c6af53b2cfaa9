//! Questions to a person at a terminal. They go to stderr, so that stdout stays data. Where there is no terminal, nobody is
//! asked ([`terminal`] gives none) and the command line must say all that is needed.

use std::io::IsTerminal as _;

use dialoguer::theme::ColorfulTheme;
use dialoguer::{Confirm, Input, Select};

use crate::trouble::Trouble;

/// So many choices are shown at once; further ones come into view with the arrow keys.
const ROWS: usize = 12;

/// Whether a text is an answer; else why not, as a sentence.
pub(crate) type Check<'a> = &'a dyn Fn(&str) -> Result<(), String>;

/// Somebody who answers.
pub(crate) trait Ask {
    /// One of several, by its place.
    fn choose(&mut self, question: &str, choices: &[String], first: usize) -> Result<usize, Trouble>;
    /// A text that passes the check.
    fn text(&mut self, question: &str, default: Option<&str>, check: Check<'_>) -> Result<String, Trouble>;
    /// Yes or no.
    fn yes(&mut self, question: &str, default: bool) -> Result<bool, Trouble>;
    /// Says something that needs no answer.
    fn say(&mut self, sentence: &str);
}

/// The person at the terminal, where there is one to read from and to write to.
pub(crate) fn terminal() -> Option<Box<dyn Ask>> {
    let there = std::io::stdin().is_terminal() && std::io::stderr().is_terminal();
    there.then(|| Box::new(Person { theme: ColorfulTheme::default() }) as Box<dyn Ask>)
}

struct Person {
    theme: ColorfulTheme,
}

impl Ask for Person {
    fn choose(&mut self, question: &str, choices: &[String], first: usize) -> Result<usize, Trouble> {
        Select::with_theme(&self.theme)
            .with_prompt(question)
            .items(choices)
            .default(first)
            .max_length(ROWS)
            .interact_opt()
            .map_err(|error| broken_off(&error))?
            .ok_or_else(stopped)
    }

    fn text(&mut self, question: &str, default: Option<&str>, check: Check<'_>) -> Result<String, Trouble> {
        let mut input = Input::<String>::with_theme(&self.theme).with_prompt(question);
        if let Some(default) = default {
            input = input.default(default.to_owned());
        }
        input
            .validate_with(|text: &String| check(text.trim()))
            .interact_text()
            .map(|text| text.trim().to_owned())
            .map_err(|error| broken_off(&error))
    }

    fn yes(&mut self, question: &str, default: bool) -> Result<bool, Trouble> {
        Confirm::with_theme(&self.theme)
            .with_prompt(question)
            .default(default)
            .interact_opt()
            .map_err(|error| broken_off(&error))?
            .ok_or_else(stopped)
    }

    fn say(&mut self, sentence: &str) {
        anstream::eprintln!("{sentence}");
    }
}

fn stopped() -> Trouble {
    Trouble::new("Stopped. Nothing was written.")
}

fn broken_off(error: &dialoguer::Error) -> Trouble {
    let dialoguer::Error::IO(error) = error;
    match error.kind() {
        std::io::ErrorKind::Interrupted => stopped(),
        _ => Trouble::new(format!("The terminal gave no answer: {error}. Nothing was written.")),
    }
}
