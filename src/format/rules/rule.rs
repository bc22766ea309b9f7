//! A format's regular expression, and what its groups fill.

use std::sync::OnceLock;

use regex::{CaptureLocations, Regex};
use regex_syntax::hir::{
    Capture, Class, ClassUnicode, ClassUnicodeRange, Dot, Hir, HirKind, Literal, Look, Repetition,
};
use twox_hash::XxHash3_64;

use super::definition::{Definition, Share};
use super::samples;
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
    /// Changes with the rows that it gives.
    pub(super) digest: u64,
    /// Made when they are needed: most formats that ship recognise no file of a run.
    detect: OnceLock<Result<Regex, String>>,
    date: OnceLock<Result<Regex, String>>,
    line: OnceLock<Result<Expression, String>>,
}

/// The expression for lines.
#[derive(Debug)]
pub(super) struct Expression {
    regex: Regex,
    /// The same for lines of ASCII, where `\d` and `\w` are a few bytes rather than thousands of characters.
    of_ascii: Regex,
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
        let [detect, date] = [OnceLock::new(), OnceLock::new()];
        let digest = XxHash3_64::oneshot(format!("{definition:?}").as_bytes());
        Self { definition, digest, detect, date, line: OnceLock::new() }
    }

    /// # Errors
    /// Why one of its expressions cannot be used.
    pub(super) fn check(&self) -> Result<(), String> {
        let within = |key: &'static str| move |cause: &String| format!("{key}: {cause}");
        self.expression().as_ref().map_err(within("regex"))?;
        self.detection().as_ref().map_err(within("detect"))?;
        match self.date() {
            Some(Err(cause)) => return Err(within("date")(cause)),
            Some(Ok(date)) if date.capture_names().flatten().all(|name| name != "date") => {
                return Err("date: it has no group (?<date>...)".to_owned());
            }
            _ => {}
        }
        samples::check(self)
    }

    /// Columns and what they are filled from.
    pub(super) fn columns(&self) -> Vec<(&'static str, &'static str)> {
        let Ok(own) = self.expression() else { return Vec::new() };
        let is_of = |role| own.groups.iter().any(|group| group.role == role);
        let known = [
            (Role::Stage, "stage", "the stage that a line names"),
            (Role::Step, "step", "the step that a line names"),
            (Role::Time, "timestamp", "the time of a line"),
            (Role::Level, "level", "the level of a line"),
        ];
        let known = known.into_iter().filter(|&(role, ..)| is_of(role));
        let mut columns: Vec<_> = known.map(|(_, column, from)| (column, from)).collect();
        let message = if own.has_message { "the text of a line" } else { "what follows the match" };
        columns.push(("message", message));
        let others = own.groups.iter().filter(|group| group.role == Role::Member);
        let others: Vec<&str> = others.map(|group| group.name).collect();
        if !others.is_empty() {
            columns.push(("extra", leaked(&others.join(", "))));
        }
        columns
    }

    pub(super) fn expression(&self) -> &Result<Expression, String> {
        self.line.get_or_init(|| Expression::new(&self.definition.regex))
    }

    fn detection(&self) -> &Result<Regex, String> {
        let pattern = self.definition.detect.as_ref().unwrap_or(&self.definition.regex);
        self.detect.get_or_init(|| compile(pattern))
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
        let is_of_steps = |group: &Group| matches!(group.role, Role::Stage | Role::Step);
        self.expression().as_ref().is_ok_and(|own| own.groups.iter().any(is_of_steps))
    }

    /// Whether a file that begins like this is of it.
    pub(in crate::format) fn recognises(&self, sample: &Sample<'_>) -> bool {
        let Ok(regex) = self.detection() else { return false };
        let is_one = |line: &str| !line.is_empty() && regex.is_match(line);
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
    pub(super) fn new(pattern: &str) -> Result<Self, String> {
        let hir = regex_syntax::parse(pattern).map_err(|e| said(&e.to_string()))?;
        let names = names_of(&hir);
        if names.is_empty() {
            return Err("it has no named group such as (?<message>.*)".to_owned());
        }
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
        let mut groups: Vec<Group> = groups.collect();
        let has_message = groups.iter().any(|group| group.role == Role::Message);
        let drops = drops(&hir);
        let is_message = |number: usize| {
            groups.iter().any(|group| group.role == Role::Message && group.number == number)
        };
        let before = before_rest(&hir, is_message);
        let takes_rest = before.is_some();
        groups.retain(|group| !takes_rest || group.role != Role::Message);
        // Anchored, and without a group for what is all of the rest, matches are found several times as fast.
        let anchored = Hir::concat(vec![Hir::look(Look::Start), before.unwrap_or(hir)]);
        let regex = compile(&anchored.to_string())?;
        // It has the same groups: both read into the same room.
        let of_ascii = compile(&of_ascii(&anchored).to_string()).ok();
        let of_ascii = of_ascii.filter(|own| own.captures_len() == regex.captures_len());
        let of_ascii = of_ascii.unwrap_or_else(|| regex.clone());
        Ok(Self { drops, regex, of_ascii, groups, has_message, takes_rest })
    }

    /// Room for the groups of a line.
    pub(super) fn room(&self) -> CaptureLocations {
        self.regex.capture_locations()
    }

    #[inline]
    fn regex_for(&self, line: &str) -> &Regex {
        if line.is_ascii() { &self.of_ascii } else { &self.regex }
    }

    pub(super) fn is_match(&self, line: &str, room: &mut CaptureLocations) -> bool {
        match self.takes_rest {
            true => self.regex_for(line).is_match(line),
            false => self.read(line, room, &mut Vec::new()).is_some(),
        }
    }

    /// What a line without its line end says; `None` if it is not of the format. `members` are added.
    #[inline]
    pub(super) fn read<'l>(
        &self,
        line: &'l str,
        room: &mut CaptureLocations,
        members: &mut Vec<(&'static str, &'l str)>,
    ) -> Option<Line<'l>> {
        let found = self.regex_for(line).captures_read(room, line)?;
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

/// The named groups of an expression, in the order of their numbers.
fn names_of(hir: &Hir) -> Vec<(usize, String)> {
    match hir.kind() {
        HirKind::Capture(Capture { index, name, sub }) => {
            let own = name.iter().map(|name| (*index as usize, name.to_string()));
            own.chain(names_of(sub)).collect()
        }
        HirKind::Repetition(repetition) => names_of(&repetition.sub),
        HirKind::Concat(all) | HirKind::Alternation(all) => all.iter().flat_map(names_of).collect(),
        HirKind::Empty | HirKind::Literal(_) | HirKind::Class(_) | HirKind::Look(_) => Vec::new(),
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
