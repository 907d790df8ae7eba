export const options = { stages: [], tags: {}, thresholds: {}, systemTags: [], summaryTrendStats: [], hosts: {} };
export default function () {}
