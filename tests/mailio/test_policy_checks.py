"""A policy that makes no sense, or that a forger can use, stops the start with file, line and reason."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from mailcore.errors import ConfigurationError
from mailcore.policy import Allow, Block, OwnThresholds, Policy, Proof, Thresholds
from mailcore.verdict import Action
from mailio.configuration import load_settings


def load(tmp_path: Path, text: str) -> Policy:
    file = tmp_path / "mailchord.yaml"
    file.write_text(dedent(text))
    return load_settings(file, {}).policy


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        pytest.param(
            "policy:\n  allow:\n    - {from: example.com, requires: none}",
            "mailchord.yaml:3: policy.allow.0.requires: none: a forger can use this entry, because anybody can write "
            "any address in From",
            id="no proof",
        ),
        pytest.param(
            "policy:\n  allow:\n    - {networks: [0.0.0.0/0], requires: none}",
            "policy.allow.0.networks.0: a forger can use this entry: 0.0.0.0/0 is much of the Internet",
            id="everybody's network",
        ),
        pytest.param("policy: {allow: [{networks: [2000::/3]}]}", "much of the Internet; /16 is the widest", id="IPv6"),
        pytest.param("policy: {allow: [{networks: [1.2.3.0/7]}]}", "much of the Internet; /8 is the widest", id="wide"),
        pytest.param("policy: {allow: [{from: co.uk}]}", "anybody can register a domain below co.uk", id="suffix"),
        pytest.param("policy: {allow: [{from: '*.com'}]}", "anybody can register a domain below com", id="all of com"),
        pytest.param("policy: {allow: [{from: '*@github.io'}]}", "anybody can register a domain below", id="hoster"),
        pytest.param("policy: {allow: [{from: 'CO.UK.'}]}", "below co.uk", id="suffix with the dot of the root"),
        pytest.param(
            "policy:\n  allow:\n    - {from: onmicrosoft.com}",
            "mailchord.yaml:3: policy.allow.0.from: a forger can use this entry: onmicrosoft.com is a provider's name",
            id="name of a provider",
        ),
        pytest.param("policy: {allow: [{from: '*.OnMicrosoft.com.'}]}", "provider's name", id="its customers"),
        pytest.param("policy: {allow: [{from: example.onmicrosoft.com}]}", "provider's name", id="one customer"),
        pytest.param("policy: {allow: [{from: jane@example.onmicrosoft.com}]}", "provider's name", id="their address"),
        pytest.param("policy: {allow: [{from: amazonses.com}]}", "provider's name", id="SES"),
        pytest.param("policy: {allow: [{from: '*.sendgrid.net'}]}", "provider's name", id="SendGrid"),
        pytest.param("policy: {allow: [{from: '*@mailgun.org'}]}", "provider's name", id="Mailgun"),
        pytest.param("policy: {allow: [{from: mcsv.net}]}", "provider's name", id="Mailchimp"),
        pytest.param("policy: {senders: {mcdlv.net: {at_most: tag}}}", "provider's name", id="milder for a provider"),
        pytest.param(
            "policy:\n  block:\n    - from: x.example\n      score: .inf",
            "mailchord.yaml:4: policy.block.0.score: expected a number from -1000 to 1000, got inf",
            id="endless score of a block",
        ),
        pytest.param("policy: {block: [{from: x.example, score: 1001}]}", "policy.block.0.score", id="huge score"),
        pytest.param("policy: {block: [{from: x.example, score: .nan}]}", "policy.block.0.score", id="nan score"),
        pytest.param("policy: {allow: [{from: x.example, score: -.inf}]}", "from -1000 to 1000, got -inf", id="minus"),
        pytest.param("policy: {allow: [{from: x.example, score: .nan}]}", "policy.allow.0.score", id="nan for it"),
        pytest.param("policy: {allow: [{from: x.example, score: -1000000}]}", "from -1000 to 1000", id="huge for it"),
        pytest.param(
            "policy:\n  group_caps:\n    spoofing: .nan",
            "mailchord.yaml:3: policy.group_caps.spoofing: expected a number from 0 to 1000000, got nan",
            id="nan cap",
        ),
        pytest.param("policy: {group_caps: {spoofing: -1}}", "policy.group_caps.spoofing", id="cap below zero"),
        pytest.param("policy: {group_caps: {spoofing: .inf}}", "policy.group_caps.spoofing", id="endless cap"),
        pytest.param(
            "policy: {thresholds: {tag: .nan}}", "policy.thresholds.tag: expected a number", id="nan threshold"
        ),
        pytest.param("policy: {thresholds: {reject: .inf}}", "policy.thresholds.reject", id="endless threshold"),
        pytest.param("policy: {thresholds: {discard: .inf}}", "policy.thresholds.discard", id="endless discard"),
        pytest.param(
            "policy: {recipients: {example.org: {thresholds: {tag: -.inf}}}}",
            "policy.recipients.example.org.thresholds.tag",
            id="endless threshold of a recipient",
        ),
        pytest.param(
            "policy: {shadows: {a: {group_caps: {spoofing: .nan}}}}", "group_caps.spoofing", id="nan in a shadow"
        ),
        pytest.param("policy: {senders: {example.com.: {at_most: tag}}}", "without a dot at its end", id="root dot"),
        pytest.param(
            "policy: {senders: {example.com: {requires: none, overrides: [{finding: dmarc_*, action: tag}]}}}",
            "anybody can write this domain",
            id="milder override than the general one",
        ),
        pytest.param("policy: {allow: [{reason: friends}]}", "expected `from`, `from_list` or `networks`", id="nobody"),
        pytest.param("policy: {allow: [{from: a.example, from_list: b}]}", "do not go together", id="two names"),
        pytest.param("policy: {allow: [{from: 'a b'}]}", "expected user@example.com", id="no address"),
        pytest.param("policy: {allow: [{from: 'a@*'}]}", "expected user@example.com", id="a star for a domain"),
        pytest.param("policy: {allow: [{from: a.example, score: 3}]}", "expected `float` <= 0", id="score against it"),
        pytest.param("policy: {allow: [{from: a.example, action: reject}]}", "policy.allow.0.action", id="strict"),
        pytest.param("policy: {allow: [{from: a.example, requires: dmark}]}", "one of dmarc, dkim", id="proof"),
        pytest.param(
            "policy: {allow: [{form: a.example}]}",
            "unknown key 'form' in policy.allow.0, did you mean 'from'?",
            id="key",
        ),
        pytest.param("policy: {allow: [{from_list: ../x}]}", "expected the name of a list", id="path"),
        pytest.param("policy: {block: [{reason: enemies}]}", "expected `from`, `from_list`, `envelope_from`", id="all"),
        pytest.param("policy: {block: [{networks: ['::/0']}]}", "::/0 is everybody", id="block everybody"),
        pytest.param("policy: {block: [{networks: [mx]}]}", "expected a network such as", id="no network"),
        pytest.param("policy: {block: [{helo: x, action: accept}]}", "accept blocks nothing", id="block that accepts"),
        pytest.param(
            "policy: {senders: {example.com: {requires: none, at_most: tag}}}",
            "policy.senders.example.com.requires: none: anybody can write this domain in From",
            id="milder without proof",
        ),
        pytest.param(
            "policy: {senders: {example.com: {requires: none, thresholds: {tag: 6}}}}",
            "anybody can write this domain",
            id="milder threshold",
        ),
        pytest.param("policy: {senders: {com: {at_most: tag}}}", "com is a public suffix", id="sender suffix"),
        pytest.param("policy: {senders: {Example.com: {at_most: tag}}}", "expected a domain in lower case", id="case"),
        pytest.param(
            "policy: {directions: {inwards: {at_most: tag}}}", "known are inbound, internal, outbound", id="direction"
        ),
        pytest.param(
            "policy: {directions: {inbound: {thresholds: {tag: 10}}}}",
            "directions.inbound.thresholds: expected tag <=",
            id="thresholds of a direction with the general ones",
        ),
        pytest.param(
            "policy: {recipients: {example.org: {thresholds: {reject: 4}}}}",
            "recipients.example.org.thresholds",
            id="thresholds of a recipient with the general ones",
        ),
        pytest.param(
            "policy: {thresholds: {discard: 10}}", "expected tag <= quarantine <= reject <= discard", id="discard"
        ),
        pytest.param(
            "policy: {recipients: {example.org: {overrides: [{finding: '', action: tag}]}}}",
            "expected the id",
            id="override of nothing",
        ),
        pytest.param(
            "policy:\n  shadows:\n    stricter:\n      threshold: {tag: 1}",
            "mailchord.yaml:4: unknown key 'threshold' in policy, did you mean 'thresholds'?",
            id="key of a shadow",
        ),
        pytest.param(
            "policy:\n  shadows:\n    stricter:\n      allow: [{from: example.com, requires: none}]",
            "mailchord.yaml:4: policy.allow.0.requires: none: a forger",
            id="forger in a shadow",
        ),
        pytest.param("policy: {shadows: {a: {shadows: {b: {}}}}}", "a shadow has no shadows", id="shadow of a shadow"),
        pytest.param("policy: {shadows: {a: 3}}", "policy.shadows.a: expected keys as in `policy`", id="no mapping"),
    ],
)
def test_refused(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        load(tmp_path, text)

    assert problem in str(raised.value)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("policy: {allow: [{from: example.com, requires: none, networks: [192.0.2.0/24]}]}", id="network"),
        pytest.param("policy: {allow: [{from: jane@freemail.example}]}", id="one address"),
        pytest.param("policy: {allow: [{from: '*.example.com', requires: dmarc}]}", id="all below a domain"),
        pytest.param("policy: {allow: [{from: co.uk, networks: [192.0.2.0/24]}]}", id="suffix from one network"),
        pytest.param("policy: {block: [{from: '*.com', networks: [192.0.2.0/24]}]}", id="a block may be wide"),
        pytest.param("policy: {senders: {example.com: {requires: none, thresholds: {tag: 1}}}}", id="stricter"),
        pytest.param("policy: {lists: {at_most: null}, bounces: {at_most: tag}}", id="kinds"),
        pytest.param("policy: {allow: [{from: onmicrosoft.com, networks: [192.0.2.0/24]}]}", id="provider"),
        pytest.param("policy: {allow: [{from: notsendgrid.net}]}", id="not below a provider's name"),
        pytest.param("policy: {block: [{from: '*.onmicrosoft.com'}]}", id="a block of a provider"),
        pytest.param("policy: {senders: {sendgrid.net: {thresholds: {tag: 1}}}}", id="stricter for a provider"),
        pytest.param("policy: {block: [{from: x.example, score: 1000}]}", id="highest score"),
        pytest.param("policy: {group_caps: {spoofing: 0, attachment: 1000000}}", id="lowest and highest cap"),
        pytest.param("policy: {thresholds: {reject: 9999}}", id="a threshold that nothing reaches"),
        pytest.param(
            "policy: {senders: {example.com: {requires: none, overrides: [{finding: dmarc_*, action: discard}]}}}",
            id="stricter override",
        ),
        pytest.param("policy: {shadows: {}}", id="no shadow"),
        pytest.param("policy: {shadows: }", id="empty shadows"),
    ],
)
def test_accepted(tmp_path: Path, text: str) -> None:
    load(tmp_path, text)


def test_a_whole_policy_is_read(tmp_path: Path) -> None:
    policy = load(
        tmp_path,
        """
        policy:
          thresholds: {tag: 4, discard: 50}
          allow:
            - {from: example.com, requires: dmarc, networks: [192.0.2.0/24], score: -5, reason: our bank}
          block:
            - {envelope_from: "*.example.net", action: discard}
          directions:
            outbound: {thresholds: {tag: 20, quarantine: 20, reject: 20}}
          shadows:
            stricter:
              thresholds: {quarantine: 6}
              group_caps: {marketing: 1}
            looser: {}
        """,
    )

    assert policy.allow == (
        Allow(from_="example.com", requires=Proof.DMARC, networks=("192.0.2.0/24",), score=-5.0, reason="our bank"),
    )
    assert policy.block == (Block(envelope_from="*.example.net", action=Action.DISCARD),)
    assert policy.directions["outbound"].thresholds == OwnThresholds(tag=20, quarantine=20, reject=20)
    assert policy.shadows["stricter"].thresholds == Thresholds(tag=4, quarantine=6, reject=15, discard=50)
    assert policy.shadows["stricter"].group_caps == {**Policy().group_caps, "marketing": 1.0}
    assert policy.shadows["stricter"].allow == policy.allow
    assert policy.shadows["looser"].shadows == {}
