"""The command line: one short function a command, each calling what web and work call.

Heavy rooms are imported inside the commands, so that `narrate --help` answers at once. Errors leave as one line on
standard error with exit code 1 (it didn't work) or 2 (it was asked wrongly); `--debug` adds the traceback.
"""

from __future__ import annotations

import os
import sys
import traceback

import typer
from typer.exceptions import TyperException

from narrate import __version__
from narrate.cli import book, check, community, episode, member, service, steering, texts, upkeep, voice

app = typer.Typer(
    name="narrate",
    help="LessWrong posts in, a podcast with titled chapters out.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("episode")(episode.episode)
app.command("script")(texts.script)
app.command("spoken")(texts.spoken)
app.add_typer(voice.app, name="voices")
app.command("fetch")(community.fetch)
app.add_typer(steering.app, name="queue")
app.command("submit")(community.submit)
app.command("vote")(community.vote)
app.add_typer(member.app, name="member")
app.command("work")(service.work)
app.command("serve")(service.serve)
app.command("run")(service.run)
app.command("book")(book.book)
app.add_typer(check.app, name="check")
app.command("publish")(upkeep.publish)
app.command("clean")(upkeep.clean)
app.command("backup")(upkeep.backup)
app.command("restore")(upkeep.restore)
app.command("doctor")(upkeep.doctor)
app.command("bench")(upkeep.bench)

_debug = False


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"narrate {__version__}")
        raise typer.Exit


@app.callback()
def options(
    debug: bool = typer.Option(False, "--debug", help="Show the traceback of an error."),
    version: bool = typer.Option(False, "--version", callback=_show_version, is_eager=True, help="Show the version."),
) -> None:
    """LessWrong posts in, a podcast with titled chapters out.

    Example: narrate episode https://www.lesswrong.com/posts/ID/slug
    """
    global _debug
    _debug = debug


def main() -> None:
    """The console script."""
    sys.exit(run_command(sys.argv[1:]))


def run_command(arguments: list[str]) -> int:
    """Run a command and give its exit code; every error ends here, as one line on standard error."""
    try:
        code = app(arguments, standalone_mode=False) or 0
        if code == 130:  # typer's answer to Ctrl-C
            raise KeyboardInterrupt
        return code
    except TyperException as error:
        message = error.format_message()  # of several lines when it is a help page
        line = message if message.endswith(("?", ".")) else f"{message}."
        print(message if "\n" in message else f"narrate: {line} See narrate --help.", file=sys.stderr)
        return error.exit_code
    except (typer.Abort, KeyboardInterrupt):
        print("narrate: stopped; what is finished is kept", file=sys.stderr)
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the reader left: nothing to tell
        return 0
    except Exception as error:
        return tell(error)


def tell(error: Exception) -> int:
    """Write an error as one line and give its exit code. An error without one is a fault of ours: that is said too."""
    if _debug:
        traceback.print_exception(error)
    code: int = getattr(error, "exit_code", 1)
    ours = not hasattr(error, "exit_code")
    line = " ".join(f"{error}".split()) or type(error).__name__
    if ours:
        line = f"{type(error).__name__}: {line}. This is a fault of narrate: run it again with --debug and report it"
    print(f"narrate: {line}", file=sys.stderr)
    return code
