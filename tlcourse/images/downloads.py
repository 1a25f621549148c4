"""Data sets that are downloaded once, checked by their SHA-256, and unpacked."""

from pathlib import Path

from tlcourse.errors import CourseError


def downloaded(row: dict[str, str]) -> Path:
    """The folder of a downloadable data set, downloaded and unpacked on first use.

    row: of data/facts/datasets.csv, with name, url, sha256, and the folder inside the archive.
    Raises CourseError where it cannot be had."""
    import pooch

    name, url = row["name"], row["url"]
    cache = pooch.os_cache("tlcourse")
    pooch.get_logger().setLevel("WARNING")
    unpack = pooch.Untar if url.endswith(".tgz") else pooch.Unzip
    loader = pooch.HTTPDownloader(timeout=10, progressbar=True)
    try:
        pooch.retrieve(
            url,
            f"sha256:{row['sha256']}",
            Path(url).name,
            cache,
            unpack(extract_dir=name),
            loader,
        )
    except Exception as error:  # requests' and pooch's own errors share no narrower base
        raise CourseError(
            f"{name} could not be downloaded ({type(error).__name__}). It needs a network once. "
            "Without one, use a built-in data set (elpv, scenes, digits) or a folder of your own."
        ) from None
    return cache / name / row["folder"]
