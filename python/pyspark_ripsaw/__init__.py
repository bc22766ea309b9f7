"""Makes ``spark.read.format("ripsaw")`` work wherever the package is installed: Spark looks for modules of this name."""

from ripsaw.spark import RipsawDataSource as DefaultSource

__all__ = ["DefaultSource"]
