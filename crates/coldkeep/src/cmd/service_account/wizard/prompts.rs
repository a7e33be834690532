//! Asking on a terminal: every question can be answered, gone back from, or left.

use super::typed;
use crate::{
    failure::Failure,
    print::{asking_screen, fitting, fix, in_lines, lines, plain},
};
use cliclack::Validate;
use coldkeep_core::{Code, Problem, SecretString};
use std::{
    fmt::Display,
    io,
    sync::{Arc, Mutex},
};

/// What the user did instead of answering.
#[derive(Debug)]
pub enum Turn {
    /// To the step before.
    Back,
    /// Away; what was answered is kept.
    Leave,
    /// The question could not be asked, or what it needs is not there.
    Failed(Failure),
}

pub type PromptResult<T> = Result<T, Turn>;

impl From<io::Error> for Turn {
    fn from(error: io::Error) -> Self {
        let what = format!("The question cannot be asked on this terminal ({error})");
        let next = "Give the answers as flags; `coldkeep service-account add --help` lists them.";
        Self::Failed(Problem::new(Code::TerminalUnavailable, what, next).into())
    }
}

impl From<Problem> for Turn {
    fn from(problem: Problem) -> Self {
        Self::Failed(problem.into())
    }
}

impl From<Failure> for Turn {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

/// The number of items from which a list is searched by typing.
const SEARCHED_FROM: usize = 8;
const ROWS_MAX: usize = 10;
const YES: &str = "yes";

/// The bar and the space at the left.
const BAR: usize = 3;
/// The bar, its space, and the mark of an item with a space.
const ITEM: usize = 6;

/// The columns for text.
fn room() -> usize {
    asking_screen().saturating_sub(BAR).max(20)
}

fn asked_as(question: &str) -> String {
    in_lines(question, room())
}

/// What is wrong with an answer, in lines below each other.
fn below(why: &str) -> String {
    in_lines(why, room()).replace('\n', &format!("\n{}", " ".repeat(BAR)))
}

/// An item redraws well only where it takes one line: words that do not fit are left out.
fn on_one_line(label: &str, hint: &str) -> (String, String) {
    let room = asking_screen().saturating_sub(ITEM).max(20);
    let label = fitting(&plain(label), room);
    let used = console::measure_text_width(&label) + " ()".len();
    let hint = fitting(&plain(hint), room.saturating_sub(used));
    (label, hint)
}

/// One of several.
pub fn choose<T: Clone + Eq>(
    question: &str,
    items: &[(T, String, String)],
    initial: Option<&T>,
) -> PromptResult<T> {
    choose_from(question, items, initial, items.len() >= SEARCHED_FROM)
}

/// One of several, searched by typing however few they are.
pub fn search<T: Clone + Eq>(
    question: &str,
    items: &[(T, String, String)],
    initial: Option<&T>,
) -> PromptResult<T> {
    choose_from(question, items, initial, true)
}

fn choose_from<T: Clone + Eq>(
    question: &str,
    items: &[(T, String, String)],
    initial: Option<&T>,
    searched: bool,
) -> PromptResult<T> {
    let earlier = typed::recall(question);
    let earlier = items.iter().find(|(_, label, _)| Some(label) == earlier.as_ref());
    let initial = earlier.map(|(value, ..)| value).or(initial);
    let chosen = asked(|| {
        let mut select = cliclack::select(asked_as(question));
        if searched {
            select = select.filter_mode().max_rows(ROWS_MAX);
        }
        for (value, label, hint) in items {
            let (label, hint) = on_one_line(label, hint);
            select = select.item(value.clone(), label, hint);
        }
        if let Some(initial) = initial.filter(|i| items.iter().any(|(value, ..)| value == *i)) {
            select = select.initial_value(initial.clone());
        }
        select.interact()
    })?;
    if let Some((_, label, _)) = items.iter().find(|(value, ..)| *value == chosen) {
        typed::remember(question, label);
    }
    Ok(chosen)
}

/// Any number of several.
pub fn choose_many<T: Clone + Eq>(
    question: &str,
    items: &[(T, String, String)],
    initial: &[T],
) -> PromptResult<Vec<T>> {
    let earlier = typed::recall(question);
    let initial: Vec<T> = match earlier {
        None => initial.to_vec(),
        Some(labels) => {
            let was = |label: &String| labels.split('\n').any(|l| l == label);
            let chosen = items.iter().filter(|(_, label, _)| was(label));
            chosen.map(|(value, ..)| value.clone()).collect()
        }
    };
    let chosen = asked(|| {
        let mut select = cliclack::multiselect(asked_as(question)).required(false);
        if items.len() >= SEARCHED_FROM {
            select = select.filter_mode().max_rows(ROWS_MAX);
        }
        for (value, label, hint) in items {
            let (label, hint) = on_one_line(label, hint);
            select = select.item(value.clone(), label, hint);
        }
        let there = |value: &&T| items.iter().any(|(v, ..)| v == *value);
        select
            .initial_values(initial.iter().filter(there).cloned().collect())
            .interact()
    })?;
    let labels = items.iter().filter(|(value, ..)| chosen.contains(value));
    let labels: Vec<&str> = labels.map(|(_, label, _)| label.as_str()).collect();
    typed::remember(question, &labels.join("\n"));
    Ok(chosen)
}

/// A line of text that the check accepts.
pub fn text(
    question: &str,
    offered: Option<&str>,
    optional: bool,
    check: impl Validate<String, Err = String> + Clone + 'static,
) -> PromptResult<String> {
    let answer: String = asked(|| {
        let mut input = cliclack::input(asked_as(question)).required(!optional);
        let earlier = typed::recall(question);
        if let Some(offered) = earlier.as_deref().or(offered).filter(|o| !o.is_empty()) {
            input = input.default_input(offered);
        }
        let half = Arc::new(Mutex::new(String::new()));
        let so_far = half.clone();
        let watched = move |given: &String| -> Result<(), String> {
            if let Ok(mut half) = so_far.lock() {
                half.clone_from(given);
            }
            Ok(())
        };
        let check = check.clone();
        let checked = move |given: &String| check.validate(given).map_err(|why| below(&why));
        let asked = input.validate(checked).validate_interactively(watched).interact();
        let half = half.lock().map(|half| half.trim().to_owned()).unwrap_or_default();
        if asked.is_err() && !half.is_empty() {
            typed::remember(question, &half);
        }
        asked
    })?;
    let answer = answer.trim().to_owned();
    typed::remember(question, &answer);
    Ok(answer)
}

/// A secret answer.
pub fn secret(question: &str, may_be_empty: bool) -> PromptResult<SecretString> {
    asked(|| {
        let password = cliclack::password(asked_as(question)).mask('•');
        let mut password = if may_be_empty {
            password.allow_empty()
        } else {
            password
        };
        password.interact()
    })
    .map(SecretString::from)
}

pub fn yes(question: &str, initial: bool) -> PromptResult<bool> {
    let earlier = typed::recall(question);
    let initial = earlier.map_or(initial, |earlier| earlier == YES);
    let said = asked(|| {
        cliclack::confirm(asked_as(question))
            .initial_value(initial)
            .interact()
    })?;
    typed::remember(question, if said { YES } else { "no" });
    Ok(said)
}

/// Lines between questions.
pub fn say(text: impl Display) -> PromptResult<()> {
    Ok(cliclack::log::info(in_lines(&lines(&text.to_string()), room()))?)
}

/// What went wrong, with what to do next.
pub fn say_problem(problem: &Problem) -> PromptResult<()> {
    let (said, next) = (plain(&problem.said()), plain(&fix::hint(problem)));
    Ok(cliclack::log::error(in_lines(
        &format!("{said}\n{next}"),
        room(),
    ))?)
}

#[derive(Clone, PartialEq, Eq)]
enum Where {
    Here,
    Back,
    Leave,
}

/// Asks; Esc and Ctrl-C ask where to go instead.
fn asked<T>(mut ask: impl FnMut() -> io::Result<T>) -> PromptResult<T> {
    loop {
        match ask() {
            Ok(answer) => return Ok(answer),
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e.into()),
        }
        let elsewhere = cliclack::select("Where to?")
            .item(Where::Back, "Back to the previous step", "")
            .item(Where::Here, "Stay here", "")
            .item(Where::Leave, "Leave", "nothing is created; the answers are kept")
            .interact();
        match elsewhere {
            Ok(Where::Here) => {}
            Ok(Where::Back) => return Err(Turn::Back),
            Ok(Where::Leave) => return Err(Turn::Leave),
            // A second Ctrl-C means it.
            Err(e) if e.kind() == io::ErrorKind::Interrupted => return Err(Turn::Leave),
            Err(e) => return Err(e.into()),
        }
    }
}
