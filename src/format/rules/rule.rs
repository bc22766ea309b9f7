//! A format's regular expression, and what its groups fill.

use std::sync::OnceLock;

use regex::{CaptureLocations, Regex};
use regex_syntax::ast::parse::Parser;
use regex_syntax::ast::{Ast, GroupKind};
use regex_syntax::hir::{
    Capture, Class, ClassUnicode, ClassUnicodeRange, Dot, Hir, HirKind, Literal, Look, Repetition,
};
use twox_hash::XxHash3_64;

use super::definition::{Definition, Share};
use super::time::begun;
use crate::format::sample::Sample;
use crate::json::{Mapping, TextRole};

/// Lines of a file's beginning that are looked at. A detection costs as much as that many matches, for each format.
const LOOKED_AT: usize = 64;

/// The name of the member that has a line as a whole, if its expression matches text that is in no group.
const WHOLE: &str = "whole_line";

/// A format that a definition describes.
#[derive(Debug)]
pub(in crate::format) struct Rule {
    pub(super) definition: Definition,
    groups: Vec<Group>,
    /// Made when they are needed: most formats that ship recognise no file of a run.
    detect: OnceLock<Result<Patterns, String>>,
    date: OnceLock<Result<Regex, String>>,
    line: OnceLock<Result<Expression, String>>,
}

/// The expression for lines.
#[derive(Debug)]
pub(super) struct Expression {
    regex: Patterns,
    groups: Vec<Group>,
    /// It has a group for the text.
    has_message: bool,
    /// It matches other than fixed text outside of groups.
    drops: bool,
    /// The message is all that follows what `regex` matches.
    takes_rest: bool,
}

/// A named group.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Group {
    /// Its number.
    number: usize,
    name: &'static str,
    role: Role,
}

/// What a group fills.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Time,
    Level,
    Message,
    Stage,
    Step,
    /// A column of keys, or `extra`.
    Member,
}

/// The columns of groups by their names.
const ROLES: [(&str, Role); 5] = [
    ("timestamp", Role::Time),
    ("level", Role::Level),
    ("message", Role::Message),
    ("stage", Role::Stage),
    ("step", Role::Step),
];

/// What a line says.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Line<'l> {
    /// As written.
    pub(super) time: Option<&'l str>,
    /// As the definition calls it.
    pub(super) level: Option<&'l str>,
    pub(super) stage: Option<&'l str>,
    pub(super) step: Option<&'l str>,
    pub(super) message: &'l str,
    /// The message is the end of the line.
    pub(super) is_to_end: bool,
}

impl Rule {
    pub(super) fn new(definition: Definition) -> Self {
        let groups = groups_of(&definition.regex);
        let (detect, date, line) = (OnceLock::new(), OnceLock::new(), OnceLock::new());
        Self { definition, groups, detect, date, line }
    }

    /// Changes with the rows that it gives.
    pub(super) fn digest(&self) -> u64 {
        XxHash3_64::oneshot(format!("{:?}", self.definition).as_bytes())
    }

    /// # Errors
    /// Why one of its expressions cannot be used.
    pub(super) fn check(&self) -> Result<(), String> {
        let within = |key: &'static str| move |cause: &String| format!("{key}: {cause}");
        let line = self.expression().as_ref().and_then(|own| own.regex.check());
        line.map_err(within("regex"))?;
        let detect = self.detection().as_ref().and_then(Patterns::check);
        detect.map_err(within("detect"))?;
        match self.date() {
            Some(Err(cause)) => Err(within("date")(cause)),
            Some(Ok(date)) if date.capture_names().flatten().all(|name| name != "date") => {
                Err("date: it has no group (?<date>...)".to_owned())
            }
            _ => Ok(()),
        }
    }

    /// Columns and what they are filled from.
    pub(super) fn columns(&self) -> Vec<(&'static str, &'static str)> {
        let is_of = |role| self.groups.iter().any(|group| group.role == role);
        let known = [
            (Role::Stage, "stage", "the stage that a line names"),
            (Role::Step, "step", "the step that a line names"),
            (Role::Time, "timestamp", "the time of a line"),
            (Role::Level, "level", "the level of a line"),
        ];
        let known = known.into_iter().filter(|&(role, ..)| is_of(role));
        let mut columns: Vec<_> = known.map(|(_, column, from)| (column, from)).collect();
        let has_message = is_of(Role::Message);
        let message = if has_message { "the text of a line" } else { "what follows the match" };
        columns.push(("message", message));
        let others = self.groups.iter().filter(|group| group.role == Role::Member);
        let others: Vec<&str> = others.map(|group| group.name).collect();
        if !others.is_empty() {
            columns.push(("extra", leaked(&others.join(", "))));
        }
        columns
    }

    pub(super) fn expression(&self) -> &Result<Expression, String> {
        self.line.get_or_init(|| Expression::new(&self.definition.regex, &self.groups))
    }

    fn detection(&self) -> &Result<Patterns, String> {
        let pattern = self.definition.detect.as_ref().unwrap_or(&self.definition.regex);
        self.detect.get_or_init(|| Ok(Patterns::new(&parse(pattern)?)))
    }

    fn date(&self) -> Option<&Result<Regex, String>> {
        let pattern = self.definition.date.as_ref()?;
        Some(self.date.get_or_init(|| compile(pattern)))
    }

    /// Whether its logs are looked at before they are read: for their days or steps.
    pub(super) fn is_surveyed(&self) -> bool {
        self.definition.date.is_some() || self.has_steps()
    }

    /// Whether its lines are of stages or steps.
    pub(super) fn has_steps(&self) -> bool {
        self.groups.iter().any(|group| matches!(group.role, Role::Stage | Role::Step))
    }

    /// Whether a file that begins like this is of it.
    pub(in crate::format) fn recognises(&self, sample: &Sample<'_>) -> bool {
        let Ok(regex) = self.detection() else { return false };
        let is_one = |line: &str| {
            !line.is_empty() && regex.of(line).is_some_and(|regex| regex.is_match(line))
        };
        match self.definition.share {
            Share::Any => sample.has_one_among(LOOKED_AT, is_one),
            Share::Half => sample.has_lines_among(LOOKED_AT, is_one),
        }
    }

    /// When a log was begun, by a line of its beginning.
    pub(super) fn begun(&self, head: &str) -> Option<i64> {
        let Some(Ok(date)) = self.date() else { return None };
        let time = |line| begun(date.captures(line)?.name("date")?.as_str());
        head.lines().find_map(time)
    }
}

impl Expression {
    /// # Errors
    /// Why it cannot be used.
    fn new(pattern: &str, groups: &[Group]) -> Result<Self, String> {
        let hir = parse(pattern)?;
        if groups.is_empty() {
            return Err("it has no named group such as (?<message>.*)".to_owned());
        }
        let has_message = groups.iter().any(|group| group.role == Role::Message);
        let drops = drops(&hir);
        let is_message = |number: usize| {
            groups.iter().any(|group| group.role == Role::Message && group.number == number)
        };
        let before = before_rest(&hir, is_message);
        let takes_rest = before.is_some();
        let has_own = |group: &&Group| !takes_rest || group.role != Role::Message;
        let groups = groups.iter().filter(has_own).cloned().collect();
        // Anchored, and without a group for what is all of the rest, matches are found several times as fast.
        let anchored = Hir::concat(vec![Hir::look(Look::Start), before.unwrap_or(hir)]);
        Ok(Self { drops, regex: Patterns::new(&anchored), groups, has_message, takes_rest })
    }

    /// Room for the groups of a line.
    pub(super) fn room(&self) -> Option<CaptureLocations> {
        self.regex.of("").map(Regex::capture_locations)
    }

    pub(super) fn is_match(&self, line: &str, room: &mut Option<CaptureLocations>) -> bool {
        match self.takes_rest {
            true => self.regex.of(line).is_some_and(|regex| regex.is_match(line)),
            false => self.read(line, room, &mut Vec::new()).is_some(),
        }
    }

    /// What a line without its line end says; `None` if it is not of the format. `members` are added.
    #[inline]
    pub(super) fn read<'l>(
        &self,
        line: &'l str,
        room: &mut Option<CaptureLocations>,
        members: &mut Vec<(&'static str, &'l str)>,
    ) -> Option<Line<'l>> {
        let room = room.as_mut()?;
        let found = self.regex.of(line)?.captures_read(room, line)?;
        let mut own = Line::default();
        let mut end_of_message = None;
        for group in &self.groups {
            let Some((start, end)) = room.get(group.number) else { continue };
            let text = &line[start..end];
            match group.role {
                Role::Time => own.time = Some(text),
                Role::Level => own.level = Some(text),
                Role::Message => {
                    own.message = text;
                    end_of_message = Some((start, end));
                }
                Role::Stage => own.stage = Some(text),
                Role::Step => own.step = Some(text),
                Role::Member => members.push((group.name, text)),
            }
        }
        let after = &line[found.end()..];
        match end_of_message {
            _ if self.takes_rest => own.message = after,
            // It goes on to the end of the line.
            Some((start, end)) if end == found.end() => own.message = &line[start..],
            // The rest would be lost.
            Some(_) if !after.is_empty() => return None,
            Some(_) => {}
            // An alternative without a text.
            None if self.has_message && after.is_empty() => own.message = "",
            // What comes after the match is the message; of a match of the whole line, that.
            None => own.message = if after.is_empty() { line } else { after },
        }
        own.is_to_end = self.takes_rest
            || own.message.is_empty() && end_of_message.is_none_or(|(_, end)| end == line.len())
            || own.message.as_bytes().as_ptr_range().end == line.as_bytes().as_ptr_range().end;
        if self.drops {
            members.push((WHOLE, line));
        }
        Some(own)
    }
}

/// The named groups of an expression, and what they fill; none of one that is wrong.
fn groups_of(pattern: &str) -> Vec<Group> {
    let names = Parser::new().parse(pattern).map(|ast| names_of(&ast)).unwrap_or_default();
    let is_own = |role| names.iter().any(|(_, name)| ROLES.contains(&(name, role)));
    let mapping = Mapping::default();
    let mut taken: Vec<Role> = Vec::new();
    let groups = names.iter().map(|(number, name)| {
        let own = ROLES.iter().find(|(own, _)| own == name).map(|(_, role)| *role);
        // Other names in common use, where no group has the column's own.
        let common = || match mapping.role_of_text(name) {
            TextRole::Time => Some(Role::Time),
            TextRole::Level => Some(Role::Level),
            TextRole::Message => Some(Role::Message),
            TextRole::Other | TextRole::None => None,
        };
        let role = own.or_else(|| common().filter(|&role| !is_own(role)));
        let role = role.filter(|role| !taken.contains(role)).unwrap_or(Role::Member);
        taken.push(role);
        let known = ROLES.iter().find(|(own, _)| own == name).map(|(own, _)| *own);
        Group { number: *number, name: known.unwrap_or_else(|| leaked(name)), role }
    });
    groups.collect()
}

/// In the order of their numbers.
fn names_of(ast: &Ast) -> Vec<(usize, String)> {
    match ast {
        Ast::Group(group) => {
            let own = match &group.kind {
                GroupKind::CaptureName { name, .. } => {
                    Some((name.index as usize, name.name.clone()))
                }
                GroupKind::CaptureIndex(_) | GroupKind::NonCapturing(_) => None,
            };
            own.into_iter().chain(names_of(&group.ast)).collect()
        }
        Ast::Repetition(repetition) => names_of(&repetition.ast),
        Ast::Alternation(all) => all.asts.iter().flat_map(names_of).collect(),
        Ast::Concat(all) => all.asts.iter().flat_map(names_of).collect(),
        _ => Vec::new(),
    }
}

/// An expression for lines of ASCII, where `\d` and `\w` are a few bytes rather than thousands of characters, and for
/// others; each is compiled when the first line needs it, which takes as long as reading a small log.
#[derive(Debug)]
struct Patterns {
    ascii: Pattern,
    any: Pattern,
}

#[derive(Debug)]
struct Pattern {
    text: String,
    compiled: OnceLock<Result<Regex, String>>,
}

impl Patterns {
    fn new(hir: &Hir) -> Self {
        let ascii = of_ascii(hir);
        // Both read into the same room.
        let groups = |hir: &Hir| hir.properties().explicit_captures_len();
        let ascii = if groups(&ascii) == groups(hir) { &ascii } else { hir };
        let pattern = |hir: &Hir| Pattern { text: hir.to_string(), compiled: OnceLock::new() };
        Self { ascii: pattern(ascii), any: pattern(hir) }
    }

    /// That for a line; `None` if it cannot be compiled, which [`check`](Self::check) has refused.
    #[inline]
    fn of(&self, line: &str) -> Option<&Regex> {
        let pattern = if line.is_ascii() { &self.ascii } else { &self.any };
        pattern.regex().as_ref().ok()
    }

    /// # Errors
    /// Why they cannot be compiled.
    fn check(&self) -> Result<(), &String> {
        self.any.regex().as_ref()?;
        self.ascii.regex().as_ref().map(drop)
    }
}

impl Pattern {
    #[inline]
    fn regex(&self) -> &Result<Regex, String> {
        self.compiled.get_or_init(|| compile(&self.text))
    }
}

/// An expression that matches lines of ASCII as this one does.
fn of_ascii(hir: &Hir) -> Hir {
    match hir.kind() {
        HirKind::Class(Class::Unicode(class)) => {
            let ascii = ClassUnicodeRange::new('\0', '\x7f');
            let mut class = class.clone();
            class.intersect(&ClassUnicode::new([ascii]));
            Hir::class(Class::Unicode(class))
        }
        HirKind::Look(look) => Hir::look(match look {
            Look::WordUnicode => Look::WordAscii,
            Look::WordUnicodeNegate => Look::WordAsciiNegate,
            Look::WordStartUnicode => Look::WordStartAscii,
            Look::WordEndUnicode => Look::WordEndAscii,
            Look::WordStartHalfUnicode => Look::WordStartHalfAscii,
            Look::WordEndHalfUnicode => Look::WordEndHalfAscii,
            look => *look,
        }),
        HirKind::Repetition(own) => {
            Hir::repetition(Repetition { sub: of_ascii(&own.sub).into(), ..own.clone() })
        }
        HirKind::Capture(own) => {
            Hir::capture(Capture { sub: of_ascii(&own.sub).into(), ..own.clone() })
        }
        HirKind::Concat(all) => Hir::concat(all.iter().map(of_ascii).collect()),
        HirKind::Alternation(all) => Hir::alternation(all.iter().map(of_ascii).collect()),
        HirKind::Empty | HirKind::Literal(_) | HirKind::Class(Class::Bytes(_)) => hir.clone(),
    }
}

/// What is before `(?<message>.*)` at the end of an expression, if it ends so: the group matches all of the rest of any
/// line, so it does not decide what is before it.
fn before_rest(hir: &Hir, is_message: impl Fn(usize) -> bool) -> Option<Hir> {
    let HirKind::Concat(all) = hir.kind() else { return None };
    let all = match all.split_last()? {
        (last, before) if matches!(last.kind(), HirKind::Look(Look::End | Look::EndLF)) => before,
        _ => all,
    };
    let (last, before) = all.split_last()?;
    let HirKind::Capture(Capture { index, sub, .. }) = last.kind() else { return None };
    let HirKind::Repetition(rest) = sub.kind() else { return None };
    let is_any = [Dot::AnyChar, Dot::AnyCharExceptLF].map(Hir::dot).contains(&rest.sub);
    let is_rest = rest.min == 0 && rest.max.is_none() && is_any && is_message(*index as usize);
    is_rest.then(|| Hir::concat(before.to_vec()))
}

/// A name for as long as the program runs: formats are made once for each definition.
fn leaked(name: &str) -> &'static str {
    Box::leak(name.to_owned().into_boxed_str())
}

/// # Errors
/// Why it is no regular expression.
fn parse(pattern: &str) -> Result<Hir, String> {
    regex_syntax::parse(pattern).map_err(|e| said(&e.to_string()))
}

/// # Errors
/// Why it is no regular expression.
fn compile(pattern: &str) -> Result<Regex, String> {
    Regex::new(pattern).map_err(|e| said(&e.to_string()))
}

/// The last line of what the parser says; those before it draw the place.
fn said(error: &str) -> String {
    let last = error.trim_end().lines().next_back().unwrap_or_default();
    last.trim_start_matches("error: ").to_owned()
}

/// Whether an expression matches letters or digits outside of named groups that are not the same in each match: what
/// they are would be in no column.
fn drops(hir: &Hir) -> bool {
    let varies = |class: &Class| {
        let ranges: Vec<(char, char)> = match class {
            Class::Unicode(class) => {
                class.iter().map(|range| (range.start(), range.end())).collect()
            }
            Class::Bytes(class) => {
                class.iter().map(|range| (range.start().into(), range.end().into())).collect()
            }
        };
        let alphanumeric = |(start, end): (char, char)| {
            // Ranges of few characters are looked at; others have letters among them.
            end as u32 - start as u32 > 64 || (start..=end).any(char::is_alphanumeric)
        };
        ranges.into_iter().any(alphanumeric)
    };
    match hir.kind() {
        HirKind::Empty | HirKind::Literal(_) | HirKind::Look(_) => false,
        HirKind::Class(class) => varies(class),
        HirKind::Repetition(repetition) => drops(&repetition.sub),
        HirKind::Capture(Capture { name: Some(_), .. }) => false,
        HirKind::Capture(Capture { sub, .. }) => drops(sub),
        HirKind::Alternation(all) => all.iter().any(drops),
        HirKind::Concat(all) => {
            let mut is_colour = false;
            all.iter().any(|part| {
                // The numbers of a colour are no text.
                let is_dropped = !is_colour && drops(part);
                is_colour = match part.kind() {
                    HirKind::Literal(Literal(text)) => begins_colour(text),
                    _ => false,
                };
                is_dropped
            })
        }
    }
}

/// Whether a text ends within the numbers of an escape sequence.
fn begins_colour(text: &[u8]) -> bool {
    let end = text.iter().rposition(|byte| !matches!(byte, b'0'..=b'9' | b';'));
    end.is_some_and(|end| text[..=end].ends_with(b"\x1b["))
}
