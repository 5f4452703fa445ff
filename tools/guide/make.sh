#!/bin/sh
# SPDX-License-Identifier: MIT OR Apache-2.0
# The technician's guide as one file for a screen without a network (HTML with its pictures) and for paper (PDF, A4), in Vietnamese and in English, out of
# docs/. Usage: tools/guide/make.sh [DIRECTORY]
set -eu
cd "$(dirname "$0")/../.."
out=${1:-dist/guide}
tools/setup.sh guide
mkdir -p "$out"
out=$(cd "$out" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# Our own typeface, in the file itself.
for weight in Regular:400 SemiBold:600 Bold:700; do
    printf '@font-face { font-family: "Be Vietnam Pro"; font-weight: %s; src: url("%s/assets/fonts/BeVietnamPro-%s.ttf"); }\n' "${weight#*:}" "$PWD" "${weight%:*}"
done >"$work/style.css"
cat tools/guide/print.css >>"$work/style.css"
for guide in vi:huong-dan-ky-thuat en:technician-guide; do
    lang=${guide%%:*} name=${guide#*:}
    title=$(sed -n 's/^# //p' "docs/$name.md" | head -n 1)
    # A page that is not in this file is named, not linked: on paper nobody follows it.
    sed -E 's#\[([^]]*)\]\(([^)#:]*\.(md|toml)(\#[^)]*)?)\)#\1#g' "docs/$name.md" >"$work/$name.md"
    pandoc --quiet --from gfm --to html5 --standalone --self-contained --resource-path=docs --css "$work/style.css" --metadata lang="$lang" \
        --metadata pagetitle="motcua: $title" --output "$out/$name.html" "$work/$name.md"
    chromium --headless --no-sandbox --disable-gpu --user-data-dir="$work/browser" --no-pdf-header-footer --print-to-pdf="$out/$name.pdf" \
        "file://$out/$name.html" >"$work/browser.log" 2>&1 || { cat "$work/browser.log" >&2; exit 1; }
    [ -s "$out/$name.pdf" ] || { cat "$work/browser.log" >&2; exit 1; }
    echo "$out/$name.pdf: $(pdfinfo "$out/$name.pdf" | sed -n 's/^Pages: *//p') pages"
done
