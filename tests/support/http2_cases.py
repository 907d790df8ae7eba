"""What a server may do wrong in HTTP/2, section by section of RFC 9113 and RFC 7541, as h2spec lists it for clients and
servers: frames that follow the greeting. Each is named after its section."""

import struct

DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = range(10)
END_STREAM, END_HEADERS, ACK, PADDED, WITH_PRIORITY = 1, 4, 1, 8, 32
STATUS_200 = b"\x88"  # HPACK, an indexed field


def frame(kind, flags, stream, payload=b""):
    return struct.pack(">I", len(payload))[1:] + bytes((kind, flags)) + struct.pack(">I", stream) + payload


def field(name, value):
    """HPACK: a literal without indexing, short texts."""
    return b"\x00" + bytes([len(name)]) + name + bytes([len(value)]) + value


def number(value):
    return struct.pack(">I", value)


def head(more=b"", flags=END_HEADERS | END_STREAM, stream=1):
    return frame(HEADERS, flags, stream, STATUS_200 + more)


HEAD = head(flags=END_HEADERS)
END = frame(DATA, END_STREAM, 1, b"hello")
GOOD = HEAD + END
SETTING = {name: code for code, name in enumerate(("table", "push", "streams", "window", "frame", "list"), 1)}


def setting(name, value):
    return frame(SETTINGS, 0, 0, struct.pack(">HI", SETTING[name], value))


CASES = {
    # frames
    "4_1_undefined_flags": frame(PING, 0xf0, 0, b"\0" * 8) + GOOD,
    "4_1_reserved_bit": frame(PING, 0, 2**31, b"\0" * 8) + GOOD,
    "4_2_largest_frame": HEAD + frame(DATA, 0, 1, b"x" * 16384) + END,
    "4_2_data_too_large": HEAD + frame(DATA, END_STREAM, 1, b"x" * 16385),
    "4_2_headers_too_large": frame(HEADERS, END_HEADERS | END_STREAM, 1, STATUS_200 + field(b"a", b"b" * 100) * 170),
    "4_3_priority_within_headers": frame(HEADERS, 0, 1, STATUS_200) + frame(PRIORITY, 0, 1, b"\0\0\0\0\x10"),
    "4_3_headers_of_another_within_headers": frame(HEADERS, 0, 1, STATUS_200) + head(stream=3),
    "5_5_unknown_frame_within_headers": frame(HEADERS, 0, 1, STATUS_200) + frame(99, 0, 1, b"x"),
    # states of streams
    "5_1_data_on_idle": frame(DATA, END_STREAM, 3, b"x") + GOOD,
    "5_1_reset_on_idle": frame(RST_STREAM, 0, 3, number(8)) + GOOD,
    "5_1_window_on_idle": frame(WINDOW_UPDATE, 0, 3, number(1)) + GOOD,
    "5_1_continuation_on_idle": frame(CONTINUATION, END_HEADERS, 3, STATUS_200) + GOOD,
    "5_1_headers_on_idle": head(stream=3) + GOOD,
    "5_1_headers_after_the_end": head() + head(b"", END_HEADERS),
    "5_1_data_after_the_end": GOOD + frame(DATA, END_STREAM, 1, b"more"),
    "5_1_continuation_after_the_end": GOOD + frame(CONTINUATION, END_HEADERS, 1, STATUS_200),
    "5_1_data_after_a_reset": frame(RST_STREAM, 0, 1, number(8)) + frame(DATA, END_STREAM, 1, b"x"),
    "5_1_headers_after_a_reset": frame(RST_STREAM, 0, 1, number(8)) + head(),
    "5_1_1_even_stream": head(stream=2) + GOOD,
    "5_3_1_priority_on_itself": frame(PRIORITY, 0, 1, number(1) + b"\x10") + GOOD,
    "5_3_1_headers_on_itself": frame(HEADERS, END_HEADERS | END_STREAM | WITH_PRIORITY, 1, number(1) + b"\x10" + STATUS_200),
    # kinds of frames
    "6_1_padded": HEAD + frame(DATA, END_STREAM | PADDED, 1, b"\x04hello\0\0\0\0"),
    "6_1_padding_of_all": HEAD + frame(DATA, END_STREAM | PADDED, 1, b"\x06hello"),
    "6_1_padding_without_its_length": HEAD + frame(DATA, END_STREAM | PADDED, 1),
    "6_2_padded": frame(HEADERS, END_HEADERS | END_STREAM | PADDED, 1, b"\x02" + STATUS_200 + b"\0\0"),
    "6_2_padding_of_all": frame(HEADERS, END_HEADERS | END_STREAM | PADDED, 1, b"\x02" + STATUS_200),
    "6_2_headers_on_stream_0": head(stream=0),
    "6_3_priority_on_stream_0": frame(PRIORITY, 0, 0, b"\0\0\0\0\x10") + GOOD,
    "6_3_priority_of_4_bytes": frame(PRIORITY, 0, 1, b"\0\0\0\0"),
    "6_4_reset_on_stream_0": frame(RST_STREAM, 0, 0, number(8)),
    "6_4_reset_of_3_bytes": frame(RST_STREAM, 0, 1, b"\0\0\0"),
    "6_5_no_settings_at_all": frame(SETTINGS, 0, 0) + GOOD,
    "6_5_2_push_of_2": setting("push", 2) + GOOD,
    "6_5_2_push_of_1": setting("push", 1) + GOOD,
    "6_5_2_window_too_large": setting("window", 2**31) + GOOD,
    "6_5_2_frame_too_small": setting("frame", 16383) + GOOD,
    "6_5_2_frame_too_large": setting("frame", 2**24) + GOOD,
    "6_5_2_unknown_setting": frame(SETTINGS, 0, 0, struct.pack(">HI", 99, 1)) + GOOD,
    "6_5_3_twice": frame(SETTINGS, 0, 0, struct.pack(">HIHI", 4, 100, 4, 65535)) + GOOD,
    "6_7_ping_with_ack": frame(PING, ACK, 0, b"\0" * 8) + GOOD,
    "6_7_ping_on_a_stream": frame(PING, 0, 1, b"\0" * 8) + GOOD,
    "6_8_goaway_on_a_stream": frame(GOAWAY, 0, 1, number(1) + number(0)) + GOOD,
    "6_8_goaway_of_4_bytes": frame(GOAWAY, 0, 0, number(1)) + GOOD,
    "6_8_goaway_then_the_answer": frame(GOAWAY, 0, 0, number(1) + number(0)) + GOOD,
    "6_9_window_of_3_bytes": frame(WINDOW_UPDATE, 0, 0, b"\0\0\1"),
    "6_9_window_of_0_on_a_stream": frame(WINDOW_UPDATE, 0, 1, number(0)),
    "6_9_1_window_overflow_on_a_stream": frame(WINDOW_UPDATE, 0, 1, number(2**31 - 1)) * 2,
    "6_9_2_window_below_0": setting("window", 3) + setting("window", 2) + GOOD,
    "6_10_continued": frame(HEADERS, 0, 1, STATUS_200) + frame(CONTINUATION, 0, 1, field(b"a", b"b"))
        + frame(CONTINUATION, END_HEADERS, 1, field(b"c", b"d")) + END,
    "6_10_continued_by_data": frame(HEADERS, 0, 1, STATUS_200) + END,
    "6_10_continued_on_stream_0": frame(HEADERS, 0, 1, STATUS_200) + frame(CONTINUATION, END_HEADERS, 0, field(b"a", b"b")),
    "6_10_continued_after_the_end": HEAD + frame(CONTINUATION, END_HEADERS, 1, field(b"a", b"b")),
    # messages
    "8_1_trailers": HEAD + frame(DATA, 0, 1, b"hello") + frame(HEADERS, END_HEADERS | END_STREAM, 1, field(b"t", b"1")),
    "8_1_trailers_that_end_nothing": HEAD + frame(HEADERS, END_HEADERS, 1, field(b"t", b"1")) + END,
    "8_1_head_twice": HEAD + HEAD + END,
    "8_1_informational_with_an_end": frame(HEADERS, END_HEADERS | END_STREAM, 1, field(b":status", b"103")),
    "8_2_empty_name": head(field(b"", b"x")),
    "8_2_1_space_in_a_name": head(field(b"a b", b"x")),
    "8_2_1_value_with_nul": head(field(b"a", b"b\0c")),
    "8_2_1_value_that_begins_with_a_space": head(field(b"a", b" b")),
    "8_2_2_transfer_encoding": head(field(b"transfer-encoding", b"chunked")),
    "8_2_2_te": head(field(b"te", b"trailers")),
    "8_3_unknown_pseudo_field": head(field(b":test", b"x")),
    "8_3_field_of_a_request": head(field(b":method", b"GET")),
    "8_3_pseudo_field_behind_others": frame(HEADERS, END_HEADERS | END_STREAM, 1, field(b"a", b"b") + STATUS_200),
    "8_3_status_twice": head(STATUS_200),
    "8_3_pseudo_field_in_trailers": HEAD + frame(HEADERS, END_HEADERS | END_STREAM, 1, STATUS_200),
    "8_3_status_of_two_digits": frame(HEADERS, END_HEADERS | END_STREAM, 1, field(b":status", b"20")),
    "8_3_status_101": frame(HEADERS, END_HEADERS | END_STREAM, 1, field(b":status", b"101")),
    # HPACK
    "hpack_2_3_3_index_of_0": frame(HEADERS, END_HEADERS | END_STREAM, 1, STATUS_200 + b"\x80"),
    "hpack_2_3_3_name_beyond_the_table": frame(HEADERS, END_HEADERS | END_STREAM, 1, STATUS_200 + b"\x7f\x01\x01x"),
    "hpack_4_2_size_at_the_end": frame(HEADERS, END_HEADERS | END_STREAM, 1, STATUS_200 + b"\x20"),
    "hpack_6_3_size_beyond_the_setting": frame(HEADERS, END_HEADERS | END_STREAM, 1, b"\x3f\xe1\xff\x03" + STATUS_200),
    "hpack_5_2_padding_of_8_bits": frame(HEADERS, END_HEADERS | END_STREAM, 1, STATUS_200 + b"\x00\x82\x1f\xff\x81\x1f"),
    "hpack_5_2_padding_of_zeros": frame(HEADERS, END_HEADERS | END_STREAM, 1, STATUS_200 + b"\x00\x81\x18\x01x"),
    "hpack_5_2_end_of_string": frame(HEADERS, END_HEADERS | END_STREAM, 1, STATUS_200 + b"\x00\x84\xff\xff\xff\xff\x01x"),
    "hpack_5_1_endless_integer": frame(HEADERS, END_HEADERS | END_STREAM, 1, STATUS_200 + b"\xff" + b"\x80" * 100 + b"\x01"),
    "hpack_cut_literal": frame(HEADERS, END_HEADERS | END_STREAM, 1, STATUS_200 + b"\x00\x05ab"),
}
