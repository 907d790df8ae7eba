export const options = { vus: 2, duration: '90s', setupTimeout: '1h', teardownTimeout: 1500 };
export default function () {}
