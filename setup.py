# SPDX-License-Identifier: MIT
"""Builds the extension for "pip install .", without Autotools.

Makefile.am says which sources there are, configure.ac the version and the
compiler's flags: nothing is listed twice.

The extension uses the limited API, so that one wheel serves every CPython from
3.11 on, except free-threaded ones, which have no stable ABI.  With
CONSUMER_LIMITED_API=0 in the environment it uses the full API, which is faster,
for this version of CPython alone.
"""

import os
import pathlib
import platform
import re
import sysconfig

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext
from setuptools.errors import CompileError

MAKEFILE = pathlib.Path("Makefile.am").read_text()
CONFIGURE = pathlib.Path("configure.ac").read_text()
VERSION = re.search(r"AC_INIT\(\[consumer\], \[(.+?)\]\)", CONFIGURE)[1]

IS_LIMITED = (
    os.environ.get("CONSUMER_LIMITED_API", "1") != "0"
    and platform.python_implementation() == "CPython"
    and not sysconfig.get_config_var("Py_GIL_DISABLED")
)


def sources(target):
    """The C sources of a target of Makefile.am."""
    text = re.search(rf"^{target}_SOURCES =((?:.*\\\n)*.*)", MAKEFILE, re.M)[1]
    return [word for word in text.split() if word.endswith(".c")]


def shell_variable(name):
    """What configure.ac assigns to a variable, maybe bit by bit."""
    value = ""
    for text in re.findall(rf'^{name}="(.*)"$', CONFIGURE, re.M):
        value = text.replace(f"${name}", value)
    return value.split()


def code_flags():
    """The flags that configure.ac tries, without those that only warn."""
    flags = re.search(r"foreach_w\(\[flag\], \[(.*?)\]", CONFIGURE, re.S)[1].split()
    return [flag for flag in flags if flag.startswith("-f")]


class Build(build_ext):
    """Compiles the kernels for each variant of the CPU, then the rest."""

    def build_extension(self, extension):
        extension.include_dirs.append(self.build_temp)
        extension.extra_compile_args += code_flags()
        extension.extra_objects += self.kernels("portable", [])
        self.write_config(has_x86_kernels=False)
        if re.fullmatch(r"x86_64|i[3-6]86", platform.machine()):
            try:
                for name in ("avx2", "avx512"):
                    flags = shell_variable(f"{name.upper()}_CFLAGS")
                    extension.extra_objects += self.kernels(name, flags)
                self.write_config(has_x86_kernels=True)
            except CompileError:
                self.announce("this compiler has no AVX-512: portable kernels only")
        self.hide_symbols(extension)
        super().build_extension(extension)

    def write_config(self, has_x86_kernels):
        """What configure would find out, as far as the library asks."""
        macros = {
            "PACKAGE_VERSION": f'"{VERSION}"',
            "HAVE_X86_KERNELS": int(has_x86_kernels),
            "_GNU_SOURCE": 1,
            "_FILE_OFFSET_BITS": 64,
        }
        lines = [f"#define {name} {value}\n" for name, value in macros.items()]
        self.write("config.h", "".join(lines))

    def write(self, name, text):
        path = pathlib.Path(self.build_temp, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return str(path)

    def kernels(self, name, flags):
        self.write_config(has_x86_kernels=False)
        return self.compiler.compile(
            sources("libkernels_portable_la"),
            output_dir=os.path.join(self.build_temp, name),
            macros=[("KERNEL_VARIANT", name)],
            include_dirs=["src", self.build_temp],
            extra_postargs=code_flags() + flags,
        )

    def hide_symbols(self, extension):
        """Let the module's function leave, as the linker of make does."""
        if platform.system() != "Darwin":
            script = "{ global: PyInit__consumer; local: *; };\n"
            path = self.write("exports.map", script)
            extension.extra_link_args.append(f"-Wl,--version-script={path}")


setup(
    version=VERSION,
    license="MIT",
    ext_modules=[
        Extension(
            "consumer._consumer",
            sources("libconsumer_core_la") + sources("_consumer_la"),
            include_dirs=["src"],
            depends=[str(path) for path in pathlib.Path("src").glob("*.[ch]")],
            define_macros=[("Py_LIMITED_API", "0x030B0000")] if IS_LIMITED else [],
            py_limited_api=IS_LIMITED,
        )
    ],
    cmdclass={"build_ext": Build},
    options={"bdist_wheel": {"py_limited_api": "cp311"}} if IS_LIMITED else {},
)
