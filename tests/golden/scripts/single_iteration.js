// The smallest run there is.
export default function () {}
