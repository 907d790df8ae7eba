export const options = { scenarios: {}, ext: {}, cloud: {}, blockHostnames: [], blacklistIPs: [] };
export default function () {}
