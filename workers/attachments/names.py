"""What file names say: extensions, and groups of extensions that Windows or a browser runs."""

from __future__ import annotations

import re


def words(text: str) -> frozenset[str]:
    """The words of a text, as a set."""
    return frozenset(text.split())


# Native programs and installers: what Windows, macOS or Android starts without asking for another program.
# (Packages of systems such as .deb are archives here, add-ins of Office documents: those have their own detectors.)
PROGRAMS = words("""
    exe scr pif cpl dll ocx sys drv msi msp mst msix msixbundle appx appxbundle com gadget apk jar xll wll
""")

# Text and link files that a double click on Windows or macOS runs, or follows to another machine with the disks of this
# one (.rdp).
SCRIPTS = words("""
    js jse vbs vbe wsf wsh wsc sct hta ps1 ps1xml psc1 psm1 bat cmd lnk scf reg inf msc chm hlp shb shs url
    website jnlp iqy slk library-ms search-ms searchconnector-ms settingcontent-ms appref-ms application
    diagcab diagcfg diagpkg ins isp theme themepack rdp vsto xbap wsb ppkg pyw pyz pyzw accde mde ade mda
    command terminal scpt
""")

# Of these, the ones that people who write software or run machines send each other.
SCRIPTS_OF_DEVELOPERS = words("""
    js ps1 psm1 ps1xml bat cmd reg inf url chm rdp pyw pyz wsb command terminal scpt
""")

# What programs are made of and come with: libraries, sources, and what describes them. Documents and pictures are not.
PARTS_OF_SOFTWARE = words("""
    dll so dylib lib sys pyd jar war class cat c cc cpp cs cxx go h hpp java kt m py rb rs swift ts vb
    cmake csproj gradle json props resx sln targets toml vcxproj yaml yml
""")

# What a file pretends to be when its last extension is hidden.
HARMLESS = words("""
    pdf doc docx xls xlsx ppt pptx odt ods odp rtf txt csv jpg jpeg png gif bmp tif tiff webp svg heic mp3
    mp4 avi mov wav eml msg ics vcf xml
""")

_EXTENSION = re.compile(r"[0-9a-z_-]{1,20}\Z")
_SPACE_BEFORE_EXTENSION = re.compile(r"[\s\u00a0\u2000-\u200d\u3000_]{8,}\.[0-9A-Za-z]{1,10}\Z")

# Windows does not show the class that follows the last dot, and opens the file with the program of that class.
_CLASS = re.compile(r"\.\{[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\}\Z", re.IGNORECASE)

# RFC 5892 calls none of these a letter: they change the order in which a name is shown ("annexe\u202efdp.exe").
REVERSING_CHARACTERS = "\u202a\u202b\u202d\u202e\u2066\u2067\u2068"


def basename(path: str) -> str:
    """Last component of a name with slashes or backslashes."""
    return path.replace("\\", "/").rpartition("/")[2]


def _as_saved(filename: str) -> str:
    """The name without the dots and blanks at its end, which Windows leaves out."""
    return basename(filename).rstrip(". \t\u00a0")


def extensions(filename: str) -> tuple[str, ...]:
    """Extensions of a file name in lower case, without dots: ("tar", "gz").

    As Windows does, trailing dots and blanks are ignored ("a.exe. ").
    """
    pieces = _as_saved(filename).lower().split(".")[1:]
    return tuple(piece.strip() for piece in pieces if _EXTENSION.match(piece.strip()))


def extension(filename: str) -> str:
    """The last extension, "" where there is none."""
    return next(reversed(extensions(filename)), "")


def without_extension(filename: str) -> str:
    """The name "report.txt" of "report.txt.gz"; a name without extension stays as it is."""
    stem, dot, _ = basename(filename).rpartition(".")
    return stem if dot and stem else basename(filename)


def has_space_before_extension(filename: str) -> bool:
    """True for "invoice.pdf            .exe": the blanks push the extension out of sight."""
    return bool(_SPACE_BEFORE_EXTENSION.search(basename(filename)[-300:]))


def ends_in_class(filename: str) -> bool:
    """True for "invoice.txt.{3050f4d8-98b5-11cf-bb82-00aa00bdce0b}", which is shown as a text and opens as an HTA."""
    return bool(_CLASS.search(_as_saved(filename)[-60:]))


def unsafe_member_name(name: str) -> bool:
    """True when unpacking a member of that name could write outside of the target directory."""
    slashed = name.replace("\\", "/")
    absolute = slashed.startswith("/") or re.match(r"[A-Za-z]:", slashed) is not None
    return absolute or ".." in slashed.split("/") or "\x00" in name


def unsafe_link(name: str, target: str) -> bool:
    """True when a link of that name, with that target, leads out of the directory where it is unpacked."""
    slashed = target.replace("\\", "/")
    if slashed.startswith("/") or re.match(r"[A-Za-z]:", slashed) or "\x00" in target:
        return True
    depth = len([piece for piece in name.replace("\\", "/").split("/")[:-1] if piece not in ("", ".")])
    for piece in slashed.split("/"):
        # "../lib/x" in "bin/": programs are installed like that.
        depth += -1 if piece == ".." else piece not in ("", ".")
        if depth < 0:
            return True
    return False
