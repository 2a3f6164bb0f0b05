import {
  BigNumberReply,
  BooleanReply,
  DoubleReply,
  MapReply,
  SetReply,
  VerbatimReply,
  type Reply,
} from "../../resp/reply.ts";

/** DEBUG PROTOCOL: one reply of each kind, with which client libraries test their parsers. */
export const PROTOCOL_SAMPLES: Readonly<Record<string, Reply>> = {
  string: "Hello World",
  integer: 12345,
  double: new DoubleReply(3.141),
  null: null,
  array: [0, 1, 2],
  set: new SetReply([0, 1, 2]),
  map: new MapReply([
    [0, new BooleanReply(false)],
    [1, new BooleanReply(true)],
    [2, new BooleanReply(false)],
  ]),
  bignum: new BigNumberReply("1234567999999999999999999999999999999"),
  true: new BooleanReply(true),
  false: new BooleanReply(false),
  verbatim: new VerbatimReply("txt", "This is a verbatim\nstring"),
};
