"""One tree of errors. The docstring says what happened; the message a person sees says what, why and what to do.

    NarrateError
    ├── UsageError            what was typed can't be right (exit 2)
    │   ├── UnknownAddress    no forum we know has this address
    │   ├── UnreadableFile    a local file is missing, or isn't a post
    │   ├── BadSetting        a setting has a value that can't work
    │   └── UnsafeAddress     an address that must not be visited: private, or no web address
    ├── SourceError           a post can't be had
    │   ├── PostMissing       deleted, never existed, or unlisted to guests
    │   ├── PersonMissing     nobody with that name has an account there
    │   ├── PostDenied        a draft, login-only, awaiting moderation
    │   ├── PostEmpty         an event, a stub, nothing to read aloud
    │   ├── PostTooLarge      more than a limit of the operator's allows
    │   ├── PostElsewhere     the body is hosted by another forum
    │   ├── ForumUnavailable  the forum doesn't answer properly (retryable)
    │   ├── ForumChallenged   the forum shows a bot check (retryable, much later)
    │   └── ForumProtocol     the forum answered something we can't understand
    ├── AudioError
    │   ├── FfmpegMissing     no ffmpeg to encode with
    │   ├── EncodeFailed      ffmpeg refused or died
    │   ├── SpeechFailed      a voice couldn't say a line
    │   ├── RunnerBroken      where the voices run doesn't work (retryable)
    │   └── ClusterUnavailable  there is no way to the machines that speak (retryable)
    ├── QueueError            the queue says no
    │   ├── NotInQueue        no such entry
    │   ├── VoteClosed        the post was taken already: its votes are settled
    │   ├── JobCancelled      an operator stopped it while it was at work
    │   ├── BudgetSpent       the week's vote points don't reach
    │   ├── PostWithdrawn     withdrawn for good, by its author or a moderator
    │   └── PostRefused       this post isn't narrated, and the reason
    ├── MemberError           an account says no
    │   ├── BadAddress        no e-mail address that mail reaches, or a disposable one
    │   ├── LessWrongTaken    another account has proved this LessWrong account
    │   └── NotProved         the code isn't in the biography
    ├── MailError             a mail can't be sent
    │   ├── MailRefused       the mail server says never
    │   └── MailUnavailable   the mail server doesn't answer properly (retryable)
    ├── SiteUnfinished        no process could bring a site up to date (retryable)
    ├── WorkerLost            a process died or hung over a post (retryable)
    └── StorageError
        ├── FileMissing       a file that was made or found is gone again (retryable)
        │   └── TakeMissing   a sound that a recording needs is gone or damaged
        ├── DiskFull          no room left
        ├── SiteNotOurs       the folder holds something we didn't make
        ├── StoreBusy         another process holds the data, or changes it (retryable)
        └── StoreAway         the database's server is gone or silent (retryable)

`voices` and `feeds` are libraries of their own with errors of their own (`voices.VoiceError`, `feeds.FeedError`);
they carry the same two class attributes, so that whoever retries or exits needs no list of types.
"""

from __future__ import annotations

from typing import ClassVar


class NarrateError(Exception):
    """Something a person can act on. `str()` is one line: what happened, why, what to do."""

    retryable: ClassVar[bool] = False
    exit_code: ClassVar[int] = 1


class UsageError(NarrateError):
    """What was typed can't be right."""

    exit_code = 2


class UnknownAddress(UsageError):
    """No forum we know has this address."""


class UnreadableFile(UsageError):
    """A local file is missing, or isn't a post."""


class BadSetting(UsageError):
    """A setting has a value that can't work."""


class UnsafeAddress(UsageError):
    """An address that must not be visited: it leads into a private network, or is no web address."""


class SourceError(NarrateError):
    """A post can't be had."""


class PostMissing(SourceError):
    """Deleted, never existed, or hidden from guests."""


class PersonMissing(SourceError):
    """Nobody with that name has an account there, or guests aren't shown it."""


class PostDenied(SourceError):
    """A draft, login-only, or awaiting moderation."""


class PostEmpty(SourceError):
    """An event, a stub: nothing to read aloud."""


class PostTooLarge(SourceError):
    """More than a limit of the operator's allows. Nothing is cut: it isn't read at all."""


class PostElsewhere(SourceError):
    """The body is hosted by another forum. `url` is where, when that is known."""

    def __init__(self, message: str, *, url: str | None = None) -> None:
        super().__init__(message)
        self.url = url


class ForumUnavailable(SourceError):
    """The forum doesn't answer properly just now."""

    retryable = True


class ForumChallenged(ForumUnavailable):
    """The forum shows a bot check instead of an answer. Never fought: wait, or ask to be let in."""


class ForumProtocol(SourceError):
    """The forum answered something we can't understand."""


class AudioError(NarrateError):
    """A recording can't be made."""


class FfmpegMissing(AudioError):
    """There is no ffmpeg to encode with."""


class EncodeFailed(AudioError):
    """ffmpeg refused the job or died; the message keeps the end of what it said."""

    retryable = True


class SpeechFailed(AudioError):
    """A voice couldn't say a line, after every retry."""


class RunnerBroken(AudioError):
    """Where the voices run doesn't work: no voice is to blame, nor a post."""

    retryable = True


class ClusterUnavailable(AudioError):
    """There is no way to the cluster whose machines speak."""

    retryable = True


class QueueError(NarrateError):
    """The queue says no."""


class NotInQueue(QueueError):
    """No entry of the queue has this key."""


class VoteClosed(QueueError):
    """The post was taken already: its votes are settled and can't be moved."""


class JobCancelled(QueueError):
    """An operator stopped the job while it was at work, or another owner took it over."""


class BudgetSpent(QueueError):
    """The week's vote points don't reach for this many votes. `points_left` is what is left."""

    def __init__(self, message: str, *, points_left: int) -> None:
        super().__init__(message)
        self.points_left = points_left


class PostWithdrawn(QueueError):
    """Withdrawn for good, by its author, its forum or a moderator. `reason` is why."""

    def __init__(self, message: str, *, reason: str) -> None:
        super().__init__(message)
        self.reason = reason


class PostRefused(QueueError):
    """This post isn't narrated. `reason` is why, `see` a recording elsewhere."""

    def __init__(self, message: str, *, reason: str, see: str | None = None) -> None:
        super().__init__(message)
        self.reason = reason
        self.see = see


class MemberError(NarrateError):
    """An account says no."""


class BadAddress(MemberError):
    """No e-mail address that mail reaches, or one of those that are thrown away."""

    exit_code = 2


class LessWrongTaken(MemberError):
    """Another account has proved this LessWrong account."""


class NotProved(MemberError):
    """The code isn't in the biography."""


class MailError(NarrateError):
    """A mail can't be sent."""


class MailRefused(MailError):
    """The mail server says never: trying again can't help."""


class MailUnavailable(MailError):
    """The mail server doesn't answer properly just now. The mail waits."""

    retryable = True


class SiteUnfinished(NarrateError):
    """Every process that was to bring a site up to date died over it."""

    retryable = True


class WorkerLost(NarrateError):
    """A child process died, or hung and was killed, while it worked on a post.

    `was_killed`: by somebody from outside, so that it says little about the post.
    """

    retryable = True

    def __init__(self, message: str, *, was_killed: bool = False) -> None:
        super().__init__(message)
        self.was_killed = was_killed


class StorageError(NarrateError):
    """Files or rows can't be kept."""


class FileMissing(StorageError):
    """A file that was made, or found, is gone before a row names it: somebody cleaned up. It is made again."""

    retryable = True


class TakeMissing(FileMissing):
    """A take that a recording needs is gone or damaged. Performing the script again speaks it again."""


class DiskFull(StorageError):
    """There is no room left. Nothing half-written is kept."""

    retryable = True


class SiteNotOurs(StorageError):
    """A folder to publish into holds something this data folder didn't make."""

    exit_code = 2


class StoreBusy(StorageError):
    """Another process holds the data folder, or changed at the same time what this one wanted to change."""

    retryable = True


class StoreAway(StorageError):
    """The database's server doesn't answer: it is being started anew, or the way to it is cut."""

    retryable = True
