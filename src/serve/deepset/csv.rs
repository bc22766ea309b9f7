//! Pages as CSV (RFC 4180).

use super::record::Record;

/// The records after a header. Objects are their JSON; what is null is empty.
pub(super) fn page(records: &[Record]) -> String {
    let mut out = String::from("log_id,message,logged_at,level,origin,exceptions,extra_fields\r\n");
    for record in records {
        let logged_at = record.logged_at();
        let fields = [
            &record.log_id,
            &record.message,
            &logged_at,
            &record.level,
            &record.origin,
            record.exceptions.as_deref().unwrap_or_default(),
            &record.extra_fields,
        ];
        for (at, field) in fields.into_iter().enumerate() {
            if at > 0 {
                out.push(',');
            }
            push(field, &mut out);
        }
        out.push_str("\r\n");
    }
    out
}

/// Appends a field, in quotes if it needs them.
fn push(field: &str, out: &mut String) {
    if field.contains(['"', ',', '\n', '\r']) {
        out.push('"');
        out.push_str(&field.replace('"', "\"\""));
        out.push('"');
    } else {
        out.push_str(field);
    }
}

#[cfg(test)]
mod tests {
    use super::push;

    #[test]
    fn fields_are_quoted_only_if_they_must_be() {
        let written = ["a b", "a,b", "say \"x\"", "a\nb", ""].map(|field| {
            let mut out = String::new();
            push(field, &mut out);
            out
        });
        assert_eq!(written, ["a b", "\"a,b\"", "\"say \"\"x\"\"\"", "\"a\nb\"", ""]);
    }
}
