"""Words that the learned model does not see, and words by which it knows the language that it was trained on."""

from __future__ import annotations

# Words that say where, when or by which machinery a mail was sent, not what it wants: dates, postal addresses,
# footers that the law or a list program adds (anyone can copy them), patches, redaction.
MASKED = frozenset(
    """
    january february march april may june july august september october november december
    jan feb mar apr jun jul aug sep sept oct nov dec
    monday tuesday wednesday thursday friday saturday sunday mon tue tues wed thu thur thurs fri sat sun
    gmt utc est edt pst pdt cst cdt mst cet bst ist
    street ave avenue suite blvd road drive lane apt floor box usa inc llc ltd corp corporation gmbh
    list lists listinfo mailman majordomo listserv subscribe subscribed subscriber subscribers unsubscribe
    unsubscribed unsubscribing subscription subscriptions mailinglist mailing archive archives wrote writes via
    digest thread posting post posted
    view browser webpage privacy policy terms conditions copyright rights reserved trademark trademarks preferences
    automated reply replies replying manage emails mailings newsletter newsletters opt opted optout opt-out inbox
    patch patches diff git svn cvs commit commits kernel linux unix samba perl python apache
    redacted recipient phishing example user users username firstname lastname domain
    hxxp hxxps http https www com net org edu html href mailto localhost spam ham spamassassin
    """.split()  # noqa: SIM905  # a list of words reads best as words
)
# Real bills and faked ones are written with the same words; who sends them tells, and that is not seen here.
BOOKKEEPING = frozenset(
    """
    invoice invoices invoiced payment payments receipt receipts billing bill bills billed paid pay payable balance
    due overdue amount records paypal quickbooks
    """.split()  # noqa: SIM905  # a list of words reads best as words
)
# They begin the formulas of letters, which tell letters from advertisements and not good from bad.
COURTESY = frozenset(
    "thank thanks thanking appreciate appreciated regards sincerely cordially faithfully dear valued".split()  # noqa: SIM905
)
# Other words of two letters are mostly codes of states and countries, initials and remains of markup.
SHORT_WORDS = frozenset(
    "an as at be by do go he hi id if in is it me my no of ok on or so to up us we".split()  # noqa: SIM905
)
# Words that other languages do not share. Mail that has too few of them is not English, and the model, which
# learned from English mail only, says nothing about it: a language is never a sign of unwanted mail.
ENGLISH_WORDS = frozenset(
    """
    the and of to you your for with this that we our are from have will be by it not can all more is if
    has was they which at or as been any their there here what when how would please
    """.split()  # noqa: SIM905  # a list of words reads best as words
)
