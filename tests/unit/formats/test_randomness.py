import random

from formats.randomness import chi_square, first_random_window, is_random_like, is_random_window

RANDOM = random.Random(7).randbytes(40_000)


def test_random_bytes_look_random() -> None:
    """Every window of encrypted bytes is between the two bounds."""
    assert is_random_like(RANDOM)
    assert is_random_window(RANDOM[:4096])
    assert is_random_window(RANDOM[:1024])


def test_texts_zeros_and_counters_do_not() -> None:
    """Uneven counts are far above, made-up even counts below."""
    assert not is_random_like(b"The quick brown fox. " * 500)
    assert not is_random_like(bytes(8192))
    assert not is_random_like(bytes(range(256)) * 32)


def test_one_readable_window_is_enough_to_deny() -> None:
    """Content is random-like only when all of it is."""
    assert not is_random_like(RANDOM + b"words and words " * 400)


def test_too_few_bytes_say_nothing() -> None:
    """Under 512 bytes no count is worth a claim."""
    assert not is_random_like(RANDOM[:400])
    assert not is_random_window(RANDOM[:400])


def test_a_random_window_is_found_in_a_region() -> None:
    """The first window in step with the blocks is named, the last one included."""
    words = b"words and words " * 1024
    assert first_random_window(words + RANDOM + words, 0, len(words) * 2 + 40_000) == len(words)
    assert first_random_window(words, 0, len(words)) == -1
    assert first_random_window(words + RANDOM[:4100], 100, len(words) + 4100) >= len(words)
    assert first_random_window(RANDOM, 0, 100) == -1


def test_even_counts_have_no_distance() -> None:
    """The statistic of perfectly even counts is zero."""
    assert chi_square(bytes(range(256)) * 16) == 0.0
