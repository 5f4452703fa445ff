#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Drives a printer with python-escpos, a driver that nobody on this project wrote.

Usage: drive_with_python_escpos.py HOST PORT status|print
status prints `online=<bool> paper=<0 none, 1 near end, 2 enough>`; print prints a text, a QR code and cuts.
"""

import sys

from escpos.printer import Network

host, port, what = sys.argv[1], int(sys.argv[2]), sys.argv[3]
printer = Network(host, port=port, timeout=5)
if what == "status":
    print(f"online={printer.is_online()} paper={printer.paper_status()}")
else:
    printer.set(align="center", bold=True, double_height=True)
    printer.textln("python-escpos")
    printer.set(align="left", normal_textsize=True, bold=False)
    printer.textln("one line")
    printer.qr("https://motcua.example/peer", native=True, size=6)
    printer.qr("https://motcua.example/drawn", native=False, size=6)
    printer.cut(mode="PART")
printer.close()
