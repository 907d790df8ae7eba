export const options = {
  vus: 12, duration: '10s', executionSegment: '25%', executionSegmentSequence: '0,0.25,1/2,1',
};
export default function () {}
