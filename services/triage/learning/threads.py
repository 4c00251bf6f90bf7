"""One thread a matrix product, in a process that predicts."""

from threadpoolctl import threadpool_limits


def one_thread() -> None:
    """Keep NumPy and SciPy from dividing products among cores, from now on in this process.

    A product cut in two is added up in another order, so the last bits of a prediction would depend on the
    number of cores; and the products of one text are so small that waiting for the other core costs more than
    they do (eight milliseconds on a busy machine, against one). A training beside it leaves a core for tickets.
    """
    threadpool_limits(1, user_api="blas")
