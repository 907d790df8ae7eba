#!/usr/bin/env python3
"""Writes man pages, and completions for bash, zsh and fish, of what the programs say of themselves.

    manuals.py LOADCTL LOADCTL_AGENT FOLDER

The texts of `loadctl help COMMAND` come from the programs' own tables of options, so that no flag can be missing here. FOLDER
gets man1/*.1, bash/NAME, zsh/_NAME and fish/NAME.fish.
"""

import os
import pathlib
import re
import subprocess
import sys
import time

_FLAG = re.compile(r"^ {2,6}(?:(?P<short>-\w), )? *--(?P<long>[a-z0-9][a-z0-9-]*)(?P<rest>.*)$")
_SECTION = re.compile(r"^([A-Z][\w ]*):$")
_FILES = re.compile(r"file|path|dir|FILE|PATH|DIR|SCRIPT|RUN|BASE")


class Flag:
    def __init__(self, short, long, value, text):
        self.short, self.long, self.value, self.text = short, long, value, text

    def wants_value(self):
        return bool(self.value) and not self.value.endswith("]")

    def wants_file(self):
        return bool(_FILES.search(self.value))

    def words(self):
        """Values that it takes, where its help says all of them."""
        found = re.fullmatch(r"[a-z]+(?:\|[a-z]+)+", self.value)
        return self.value.split("|") if found else []


class Page:
    """The help of one command, taken apart."""

    def __init__(self, name, summary, text):
        self.name, self.summary = name, summary
        self.flags, self.sections = [], []  # sections: (heading, lines)
        heading, lines = "", []
        for line in text.rstrip("\n").split("\n"):
            found = _SECTION.match(line)
            if found:
                self.sections.append((heading, lines))
                heading, lines = found[1], []
            elif heading and line and not line.startswith(" "):
                self.sections.append((heading, lines))
                heading, lines = "", [line]
            else:
                lines.append(line)
        self.sections.append((heading, lines))
        for heading, lines in self.sections:
            if "lags" in heading or self.is_table(lines):
                self.flags += flags_of(lines)

    @staticmethod
    def is_table(lines):
        return any(_FLAG.match(line) for line in lines)


def flags_of(lines):
    flags = []
    for line in lines:
        found = _FLAG.match(line)
        if found:
            value, _, text = (found["rest"].lstrip(" ") if found["rest"].startswith(" ") and
                              not found["rest"].startswith("  ") else found["rest"]).partition("  ")
            flags.append(Flag(found["short"], found["long"], value.strip(), text.strip()))
        elif flags and line.startswith("        "):
            flags[-1].text += " " + line.strip()
    return flags


def said(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def roff(text):
    text = text.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq").replace("`", "\\(ga").replace("^", "\\(ha").replace("~", "\\(ti")
    return "\\&" + text if text[:1] in (".",) else text


def man(page, version, date, related):
    out = ['.TH "%s" 1 "%s" "loadctl %s" "User commands"' % (page.name.upper(), date, version),
           ".nh", ".ad l", ".SH NAME", "%s \\- %s" % (roff(page.name), roff(page.summary[0].lower() + page.summary[1:]))]
    titles = {"": "DESCRIPTION", "Usage": "SYNOPSIS", "Examples": "EXAMPLES", "Available Commands": "COMMANDS"}
    order = sorted(page.sections, key=lambda one: one[0] != "Usage")
    last = None
    for heading, lines in order:
        if not any(lines):
            continue
        title = "OPTIONS" if "lags" in heading or Page.is_table(lines) else titles.get(heading, heading.upper())
        if title != last:
            out.append(".SH " + title)
        last = title
        if title == "OPTIONS":
            if heading not in ("Flags", ""):
                out.append(".SS " + heading)
            for line in lines:
                if line and not line.startswith(" "):
                    out += [".PP", roff(line)]
            for flag in flags_of(lines):
                names = ", ".join("\\fB%s\\fR" % roff(name) for name in (flag.short, "--" + flag.long) if name)
                out += [".TP", names + (" \\fI%s\\fR" % roff(flag.value) if flag.value else ""), roff(flag.text) or "\\&"]
        elif title in ("SYNOPSIS", "EXAMPLES", "COMMANDS"):
            out += [".nf"] + [roff(line[2:] if line.startswith("  ") else line) for line in lines] + [".fi"]
        else:
            for line in lines:
                out.append(roff(line) if line else ".PP")
    out += [".SH SEE ALSO", ",\n".join("\\fB%s\\fR(1)" % roff(name) for name in related if name != page.name)]
    text = re.sub(r"\n(\.PP\n)+(?=\.SH|\.SS|\.PP|\Z)", "\n", "\n".join(out))
    text = re.sub(r"(\.SH [^\n]*\n)(\.PP\n)+", r"\1", text)
    return re.sub(r"\n{2,}", "\n.PP\n", text) + "\n"


def bash(program, pages):
    """One function for a program; `pages` by command, "" for a program without commands."""
    flags = "\n".join('    %s) echo "%s" ;;' % (command or "*", " ".join(
        sorted(name for flag in page.flags for name in ("--" + flag.long, flag.short) if name)))
        for command, page in pages.items())
    values = {}
    for page in pages.values():
        for flag in page.flags:
            for name in ("--" + flag.long, flag.short):
                if not name or not flag.wants_value():
                    continue
                if flag.words():
                    values.setdefault("words " + " ".join(flag.words()), set()).add(name)
                elif flag.wants_file():
                    values.setdefault("file", set()).add(name)
                else:
                    values.setdefault("none", set()).add(name)
    # One name may have files for one command and something else for another: then files.
    taken, cases = set(), []
    for kind in sorted(values, key=lambda kind: (kind == "none", kind)):
        names = sorted(values[kind] - taken)
        taken |= values[kind]
        if names:
            cases.append('    %s) echo "%s" ;;' % (" | ".join(names), kind))
    function = program.replace("-", "_")
    commands = " ".join(command for command in pages if command)
    return f"""# bash completion for {program}; made by scripts/packaging/manuals.py.
_{function}_flags() {{
  case $1 in
{flags}
  esac
}}
_{function}_value() {{
  case $1 in
{chr(10).join(cases)}
  esac
}}
_{function}() {{
  local current=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD - 1]}} command= word kind
  local commands="{commands}"
  COMPREPLY=()
  for word in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do
    case " $commands " in *" $word "*) command=$word; break ;; esac
  done
  kind=$(_{function}_value "$before")
  case $kind in
    words*) mapfile -t COMPREPLY < <(compgen -W "${{kind#words }}" -- "$current"); return ;;
    file) mapfile -t COMPREPLY < <(compgen -f -- "$current"); return ;;
    none) return ;;
  esac
  if [ -n "$commands" ] && {{ [ -z "$command" ] || [ "$before" = help ]; }}; then
    mapfile -t COMPREPLY < <(compgen -W "$commands" -- "$current")
  elif [[ $current == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$(_{function}_flags "$command")" -- "$current")
  else
    mapfile -t COMPREPLY < <(compgen -f -- "$current")
  fi
}}
complete -o filenames -F _{function} {program}
"""


def zsh_text(text):
    return re.sub(r"[\[\]:\\]", r"\\\g<0>", text).replace("'", "'\\''")


def zsh_flags(page):
    specs = []
    for flag in page.flags:
        action = ""
        if flag.wants_value():
            value = zsh_text(flag.value)
            action = ":%s:%s" % (value, "(%s)" % " ".join(flag.words()) if flag.words() else "_files" if flag.wants_file() else "")
        names = [name for name in (flag.short, "--" + flag.long) if name]
        specs += ["    '*%s[%s]%s'" % (name, zsh_text(flag.text), action) for name in names]
    return " \\\n".join(specs + ["    '*:file:_files'"])


def zsh(program, pages):
    function = program.replace("-", "_")
    if list(pages) == [""]:
        return f"#compdef {program}\n# Made by scripts/packaging/manuals.py.\n_arguments \\\n{zsh_flags(pages[''])}\n"
    described = "\n".join("    '%s:%s'" % (command, zsh_text(page.summary)) for command, page in pages.items())
    cases = "\n".join("  %s)\n    _arguments \\\n%s\n    ;;" % (command, zsh_flags(page)) for command, page in pages.items())
    return f"""#compdef {program}
# Made by scripts/packaging/manuals.py.
_{function}() {{
  local -a commands
  commands=(
{described}
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  local command=$words[2]
  shift words
  (( CURRENT-- ))
  case $command in
{cases}
  esac
}}
_{function} "$@"
"""


def fish_text(text):
    return "'%s'" % text.replace("\\", "\\\\").replace("'", "\\'")


def fish(program, pages):
    out = ["# Made by scripts/packaging/manuals.py."]
    commands = " ".join(command for command in pages if command)
    for command, page in pages.items():
        where = ""
        if command:
            out.append("complete -c %s -n 'not __fish_seen_subcommand_from %s' -f -a %s -d %s"
                       % (program, commands, command, fish_text(page.summary)))
            where = " -n '__fish_seen_subcommand_from %s'" % command
        for flag in page.flags:
            line = "complete -c %s%s -l %s" % (program, where, flag.long)
            if flag.short:
                line += " -s " + flag.short[1:]
            if flag.wants_value():
                line += " -x -a %s" % fish_text(" ".join(flag.words())) if flag.words() else \
                    " -r -F" if flag.wants_file() else " -x"
            out.append(line + " -d " + fish_text(flag.text))
    return "\n".join(out) + "\n"


def main():
    loadctl, agent, folder = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3])
    version = said(loadctl, "version").split()[1].lstrip("v")
    date = time.strftime("%Y-%m-%d", time.gmtime(int(os.environ.get("SOURCE_DATE_EPOCH", time.time()))))
    overview = said(loadctl, "help")
    listed = re.findall(r"^  ([a-z]+) {2,}(.+)$", overview.split("Available Commands:", 1)[1], re.M)
    pages = {}
    for command, summary in listed:
        text = "" if command == "help" else said(loadctl, "help", command)
        pages[command] = Page("loadctl-" + command, summary, text)
    whole = Page("loadctl", "run k6 scripts as one load test over many machines", overview)
    alone = Page("loadctl-agent", "run virtual users for a loadctl controller", said(agent, "--help"))
    made = [page for command, page in pages.items() if command != "help"] + [whole, alone]
    for kind in ("man1", "bash", "zsh", "fish"):
        (folder / kind).mkdir(parents=True, exist_ok=True)
    for page in made:
        related = [other.name for other in made] if page is whole else ["loadctl", "loadctl-agent", "loadctl-run"]
        (folder / "man1" / (page.name + ".1")).write_text(man(page, version, date, related))
    for program, of in (("loadctl", pages), ("loadctl-agent", {"": alone})):
        (folder / "bash" / program).write_text(bash(program, of))
        (folder / "zsh" / ("_" + program)).write_text(zsh(program, of))
        (folder / "fish" / (program + ".fish")).write_text(fish(program, of))


if __name__ == "__main__":
    main()
