"""What holds for every test: the IR is verified after each pass."""

from srcad.ir import verify

verify.CHECK = True
