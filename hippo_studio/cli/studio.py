"""``hippo-studio [FILE ...]``: open the studio, or picture or time it and quit."""

import platform
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer

from hippo_studio.app.options import SPEEDS, TABS, THEMES, StudioOptions, parse_measures, parse_size
from hippo_studio.session.share import is_shared


def run(
    files: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="FILE",
            help="signals to open: sound, tables, arrays, folders; a session or a set-up's line; or a live "
            "stream: - for what is piped in, udp://:PORT, tcp://HOST:PORT, serial:DEVICE?baud=B, lsl:NAME",
        ),
    ] = None,
    sample_rate: Annotated[
        float | None,
        typer.Option(metavar="HZ", help="samples per second of FILE, if it has no clock of its own"),
    ] = None,
    play: Annotated[bool, typer.Option("--play", help="start playing at once")] = False,
    speed: Annotated[
        float | None,
        typer.Option(metavar="FACTOR", help=f"playing speed, {SPEEDS[0]:g} to {SPEEDS[1]:g}"),
    ] = None,
    tab: Annotated[
        str, typer.Option(metavar="NAME", help=f"tab to show: {', '.join(TABS)}", show_default=False)
    ] = TABS[0],
    theme: Annotated[
        str | None, typer.Option(metavar="NAME", help=f"{', '.join(THEMES)}; as last time if not given")
    ] = None,
    size: Annotated[
        str | None,
        typer.Option(metavar="WIDTHxHEIGHT", help="size of the window, or animation, as in 1920x1080"),
    ] = None,
    measures: Annotated[
        str | None, typer.Option(metavar="NAMES", help="measures to show, as in legt,legs,lagt")
    ] = None,
    order: Annotated[int | None, typer.Option(metavar="N", help="coefficients of each memory")] = None,
    theta: Annotated[
        float | None, typer.Option(metavar="SECONDS", help="the window, or decay time, of the memories")
    ] = None,
    history: Annotated[
        float | None,
        typer.Option(metavar="SECONDS", help="how much of a live stream is held; as last time if not given"),
    ] = None,
    screenshot: Annotated[
        Path | None, typer.Option(metavar="OUT.png", help="write a picture of the whole window, and quit")
    ] = None,
    plot: Annotated[
        str | None,
        typer.Option(
            metavar="TITLE", help="of that plot alone, as PNG, SVG or PDF; --size is then the plot's"
        ),
    ] = None,
    animation: Annotated[
        Path | None,
        typer.Option(
            metavar="OUT.mp4",
            help="write the live view as a moving picture, MP4 or GIF, and quit (extra video)",
        ),
    ] = None,
    start: Annotated[
        float | None, typer.Option("--from", metavar="SECONDS", help="where the animation begins")
    ] = None,
    stop: Annotated[
        float | None, typer.Option("--to", metavar="SECONDS", help="where the animation ends")
    ] = None,
    fps: Annotated[
        float | None, typer.Option(metavar="RATE", help="frames per second of the animation")
    ] = None,
    after: Annotated[
        float | None,
        typer.Option(
            metavar="SECONDS",
            help="where the playhead of the picture stands; two thirds through if not given",
        ),
    ] = None,
    profile: Annotated[
        float | None,
        typer.Option(metavar="SECONDS", help="play for so long, time frames and event loop, and quit"),
    ] = None,
    report: Annotated[
        Path | None, typer.Option(metavar="OUT.json", help="where --profile writes its timings")
    ] = None,
    train: Annotated[
        Path | None,
        typer.Option(metavar="CONFIG.toml", help="train this at once; --profile times the window meanwhile"),
    ] = None,
    show_version: Annotated[bool, typer.Option("--version", help="print the version, and quit")] = False,
) -> int:
    """Open HiPPO Studio: watch a HiPPO memory remember a signal, live.

    Without a FILE it opens a bundled sample.
    """
    if show_version:
        print(f"HiPPO Studio {version('hippo-studio')} (Python {platform.python_version()})")
        return 0
    paths, stream = _files_and_stream(files or [])
    for file in [*paths, *([train] if train else [])]:
        if not (is_shared(str(file)) or file.exists()):
            raise ValueError(
                f"There is no file {file}, and no command of that name; check it, or see hippo-studio --help."
            )
    options = StudioOptions(
        files=paths,
        stream=stream,
        history=history,
        sample_rate=sample_rate,
        play=play,
        speed=speed,
        screenshot=screenshot,
        plot=plot,
        animation=animation,
        start=start,
        stop=stop,
        fps=fps,
        after=after,
        theme=theme,
        tab=tab,
        size=None if size is None else parse_size(size),
        measures=() if measures is None else parse_measures(measures),
        order=order,
        theta=theta,
        profile_seconds=profile,
        report=report,
        train=train,
    )
    from hippo_studio.app.main import run as open_studio

    return open_studio(options)


def _files_and_stream(names: list[str]) -> tuple[tuple[Path, ...], str]:
    """What is a file, and the address of a stream, empty if there is none. ValueError for a wrong address."""
    from hippo_studio.signals.streams import is_address, parse_address

    addresses = [parse_address(name).text for name in names if is_address(name)]
    if len(addresses) > 1:
        raise ValueError(f"The studio receives one stream at a time; received {' and '.join(addresses)}.")
    return tuple(Path(name) for name in names if not is_address(name)), "".join(addresses)
