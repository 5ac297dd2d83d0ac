"""Packaging: what is installed, and what it needs."""

import re
from pathlib import Path

from setuptools import find_packages, setup

ROOT = Path(__file__).parent


def text(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def version() -> str:
    """The version, read without importing what it is the version of."""
    found = re.search(r'^__version__ = "(.+)"$', text("swagger_client/_version.py"), re.MULTILINE)
    if found is None:
        raise ValueError("swagger_client/_version.py names no version")
    return found[1]


#: The address of the public repository; empty until there is one. Links lead there if it is set.
HOME = ""
PROJECT_URLS = {
    "Documentation": "blob/HEAD/docs/index.md",
    "Changelog": "blob/HEAD/CHANGELOG.md",
    "Security": "blob/HEAD/SECURITY.md",
    "Source": "",
}


def for_index(readme: str, home: str) -> str:
    """Return the README for a package index, where relative links lead nowhere.

    :param home: the address of the repository. If it is empty, links become the names of files of
        the source distribution, and pictures are left out.
    """

    def link(match: re.Match[str]) -> str:
        image, label, target = match.groups()
        if re.match(r"https?:|#", target):
            return match[0]
        if home:
            return f"{image}[{label}]({home}/{'raw' if image else 'blob'}/HEAD/{target})"
        if image:
            return ""
        return label if label.startswith("**") else f"{label} (`{target.partition('#')[0]}`)"

    found = re.sub(r"(!?)\[([^\]]*)\]\(([^)\s]+)\)", link, readme)
    if home:
        return found
    title, _, rest = found.partition("\n\n")
    return f"{title}\n\nFiles in parentheses are part of the source distribution.\n\n{rest}"


setup(
    name="swagger-client",
    version=version(),
    description="A typed Python client of the Zoom Phone SMS API: reads, follows and archives "
    "the text messages of an account.",
    long_description=for_index(text("README.md"), HOME),
    long_description_content_type="text/markdown",
    author="The swagger_client maintainers",
    url=HOME or None,
    project_urls={name: f"{HOME}/{path}" for name, path in PROJECT_URLS.items() if HOME},
    license="MIT",
    license_files=["LICENSE"],
    keywords=["Zoom", "Zoom Phone", "SMS", "MMS", "archive", "API client", "OpenAPI", "Swagger"],
    classifiers=[
        "Development Status :: 5 - Production/Stable",
        "Framework :: AsyncIO",
        "Framework :: Pytest",
        "Intended Audience :: Developers",
        "Intended Audience :: System Administrators",
        "Operating System :: POSIX :: Linux",
        "Programming Language :: Python :: 3",
        "Programming Language :: Python :: 3 :: Only",
        "Programming Language :: Python :: 3.11",
        "Programming Language :: Python :: 3.12",
        "Programming Language :: Python :: 3.13",
        "Programming Language :: Python :: 3.14",
        "Programming Language :: Python :: 3.15",
        "Topic :: Communications :: Telephony",
        "Topic :: System :: Archiving",
        "Typing :: Typed",
    ],
    python_requires=">=3.11",
    install_requires=text("requirements.txt").splitlines(),
    extras_require={
        "cli": ["rich"],
        "truststore": ["truststore"],
        "parquet": ["pyarrow"],
        "dlt": ["dlt >= 1.20", "pyarrow"],
        "redis": ["redis >= 5"],
        "html": ["Jinja2 >= 3.1"],
        "web": ["Jinja2 >= 3.1", "starlette >= 0.40", "uvicorn >= 0.30"],
    },
    # The default, said: an editable install is then a path, which type checkers follow.
    package_dir={"": "."},
    packages=find_packages(include=["swagger_client", "swagger_client.*"]),
    # Outside the package, so that loading it imports nothing else.
    py_modules=["swagger_client_pytest", "zoom_sms"],
    package_data={
        "swagger_client": ["py.typed"],
        "swagger_client.export": ["templates/*.html", "templates/*.css", "templates/*.js"],
        "swagger_client.web": ["templates/*.html"],
    },
    include_package_data=False,
    zip_safe=False,
    entry_points={
        "console_scripts": ["zoom-sms = zoom_sms:main"],
        "pytest11": ["swagger_client_sandbox = swagger_client_pytest"],
    },
)
