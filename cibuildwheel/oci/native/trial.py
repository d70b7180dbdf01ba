"""A program of C and one of C++ that the native compiler has to build, and the container to run."""

from __future__ import annotations

from cibuildwheel.oci.native.clang import CC, CXX
from cibuildwheel.oci.native.place import HOME

C_PROGRAM = """\
#include <math.h>
#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
    char text[64];
    (void)argv;
    snprintf(text, sizeof text, "%.3Lf", sqrtl((long double)(argc + 8)));
    return strcmp(text, "3.000") != 0;
}
"""

# What rests on the image's libstdc++ and libgcc: exceptions, RTTI, an initialiser, a thread.
CXX_PROGRAM = """\
#include <atomic>
#include <stdexcept>
#include <string>
#include <thread>
#include <typeinfo>

struct Base { virtual ~Base() {} };
struct Derived : Base {};
static const std::string word = std::string("thrown from ") + typeid(Derived).name();

int main()
{
    std::atomic<int> caught(0);
    std::thread thread([&] {
        try { throw std::runtime_error(word); }
        catch (const std::exception &error) { caught = error.what() == word; }
    });
    thread.join();
    Derived derived;
    Base *base = &derived;
    return caught == 1 && dynamic_cast<Derived *>(base) ? 0 : 1;
}
"""

FOLDER = f"{HOME}/trial"
SOURCES = {f"{FOLDER}/trial.c": C_PROGRAM, f"{FOLDER}/trial.cpp": CXX_PROGRAM}
BUILDS = (f"{CC} -O2 trial.c -o c -lm", "./c", f"{CXX} -O2 -pthread trial.cpp -o cxx", "./cxx")


def try_compiler() -> str:
    """Have a shell build and run the programs of SOURCES; what fails is the last that it prints."""
    steps = "; ".join(f"echo '+ {step}'; {step} || exit" for step in BUILDS)
    return f"( cd {FOLDER} || exit; {steps} ) 2>&1"
