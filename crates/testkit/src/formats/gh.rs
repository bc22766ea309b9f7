//! `gh run view --log`: job and step before each line of GitHub's.

use ripsaw::identity::Identity;

use super::lines::{lines, text_of};
use super::stamps::{GitHub, Stamps};
use super::steps::{named, place};
use crate::oracle::Row;

/// Job, step and what comes after them.
fn fields(line: &[u8]) -> Option<[&[u8]; 3]> {
    let mut fields = line.splitn(3, |&byte| byte == b'\t');
    Some([fields.next()?, fields.next()?, fields.next()?])
}

/// Whether a line has job, step and time.
pub(super) fn is_one(line: &str) -> bool {
    let Some([_, _, rest]) = fields(line.as_bytes()) else { return false };
    let rest = std::str::from_utf8(rest).unwrap();
    GitHub::get().stamp(rest.strip_prefix('\u{feff}').unwrap_or(rest)).is_some()
}

/// The format `gh`.
pub(super) fn rows(text: &[u8], max_line: usize) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut identity = Identity::default();
    let mut head: Option<Row> = None;
    for line in lines(text) {
        let content = line.content();
        let fields = fields(content);
        let refused = text_of(&line, max_line).err();
        let mut row = Row::empty(line.number);
        // A line that is too long is a stamp to the lines after it all the same.
        if let Ok(own) = std::str::from_utf8(content) {
            // One that is too long is where the line before it is.
            if let Some([job, step, _]) = fields.filter(|_| refused.is_none()) {
                let [job, step] = [job, step].map(|name| std::str::from_utf8(name).unwrap());
                let step = Some(step).filter(|step| *step != "UNKNOWN STEP");
                let own = place(named(job), None, step.and_then(named));
                // Lines continue those of their own step.
                head = head.filter(|_| own == identity);
                identity = own;
            }
            let rest = fields.map(|[_, _, rest]| std::str::from_utf8(rest).unwrap());
            let text = rest.map(|rest| rest.strip_prefix('\u{feff}').unwrap_or(rest));
            match text.and_then(|text| GitHub::get().stamp(text)) {
                Some((stamp, text)) => {
                    (row.timestamp, row.zone) = (Some(stamp.nanos), Some(stamp.zone));
                    GitHub::get().fill(&mut row, &text, None, &line);
                    head = Some(row.clone());
                }
                None => {
                    row.message = Some(line.message(rest.unwrap_or(own)));
                    continue_from(head.as_ref(), &mut row);
                }
            }
        }
        row = refused.map_or(row, |error| *error);
        row.identity = identity.clone();
        rows.push(row);
    }
    rows
}

/// Takes time and level from the last line with a time, if there is one.
pub(super) fn continue_from(head: Option<&Row>, row: &mut Row) {
    if let Some(head) = head {
        (row.timestamp, row.zone) = (head.timestamp, head.zone.clone());
        (row.level, row.level_text) = (head.level.clone(), head.level_text.clone());
        row.extra = Some(super::CONTINUED.to_owned());
    }
}
