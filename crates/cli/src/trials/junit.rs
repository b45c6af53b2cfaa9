//! The results of tests as JUnit XML, which build servers read.

use std::fmt::Write as _;

use super::told::place;
use super::{Findings, Report};

/// All results as one document.
pub(super) fn xml(findings: &Findings) -> String {
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    // Writing to a string cannot fail.
    let _ = writeln!(
        xml,
        "<testsuites tests=\"{}\" failures=\"{}\" time=\"{:.3}\">",
        findings.count(true) + findings.count(false),
        findings.count(false),
        findings.took.as_secs_f64()
    );
    for report in &findings.reports {
        suite(&mut xml, report);
    }
    xml.push_str("</testsuites>\n");
    xml
}

fn suite(xml: &mut String, report: &Report) {
    let failed = report.tried.iter().filter(|tried| !tried.failures.is_empty()).count();
    let broken = report.file.is_broken();
    let name = escaped(report.file.source.name());
    let _ = writeln!(
        xml,
        "  <testsuite name=\"{name}\" tests=\"{}\" failures=\"{failed}\" errors=\"{}\">",
        report.tried.len() + usize::from(broken),
        u8::from(broken)
    );
    if broken {
        let messages: Vec<_> = report.file.diagnostics.iter().map(|one| one.message.clone()).collect();
        let message = escaped(&messages.join("; "));
        let _ = writeln!(
            xml,
            "    <testcase classname=\"{name}\" name=\"the file itself\"><error message=\"{message}\"/></testcase>"
        );
    }
    for tried in &report.tried {
        let class = escaped(report.recipe.as_deref().unwrap_or_default());
        let _ = write!(
            xml,
            "    <testcase classname=\"{class}\" name=\"{}\" time=\"{:.3}\"",
            escaped(&tried.name),
            tried.took.as_secs_f64()
        );
        if tried.failures.is_empty() {
            xml.push_str("/>\n");
            continue;
        }
        xml.push_str(">\n");
        for failure in &tried.failures {
            let place = place(&report.file.source, failure.span);
            let _ = writeln!(
                xml,
                "      <failure message=\"{}\">{}</failure>",
                escaped(&failure.message),
                escaped(&format!("{place}\n{}", failure.notes.join("\n")))
            );
        }
        xml.push_str("    </testcase>\n");
    }
    xml.push_str("  </testsuite>\n");
}

/// A text inside XML; signs that XML does not know are left out.
fn escaped(text: &str) -> String {
    let mut whole = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => whole.push_str("&amp;"),
            '<' => whole.push_str("&lt;"),
            '>' => whole.push_str("&gt;"),
            '"' => whole.push_str("&quot;"),
            '\n' => whole.push('\n'),
            other if other.is_control() => {}
            other => whole.push(other),
        }
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn signs_of_xml_are_texts() {
        assert_eq!(escaped("a <b> & \"c\"\u{7}"), "a &lt;b&gt; &amp; &quot;c&quot;");
    }
}
