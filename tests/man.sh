#!/bin/sh
# SPDX-License-Identifier: ISC
#
# The manual pages are clean mdoc. 77 (skipped) where mandoc is missing.
cd "$(dirname "$0")/.." || exit 1
command -v mandoc >/dev/null || exit 77
mandoc -T lint -W warning man/*.[1-9]
