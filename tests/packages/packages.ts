// Ten packages that people use in load tests, as npm installs them: scripts/dev packages.
import _ from 'lodash';
import dayjs from 'dayjs';
import utc from 'dayjs/plugin/utc';
import { v4, validate } from 'uuid';
import { faker } from '@faker-js/faker';
import Papa from 'papaparse';
import Ajv from 'ajv';
import CryptoJS from 'crypto-js';
import jp from 'jsonpath';
import { expect } from 'chai';
import { z } from 'zod';
dayjs.extend(utc);
export const options = { vus: 3, iterations: 6 };
export default function () {
  const out = [
    _.chunk([1,2,3],2).length, dayjs.utc('2020-01-02').format('YYYY'), validate(v4()), typeof faker.person.firstName(),
    Papa.parse('a,b\n1,2', {header:true}).data[0].b, new Ajv().compile({type:'number'})(5), CryptoJS.SHA256('x').toString().slice(0,6),
    jp.query({a:[{b:1},{b:2}]}, '$..b').join('+'), z.object({a: z.number()}).safeParse({a:'x'}).success,
  ];
  expect(out[0]).to.equal(2);
  expect(out.join(' ')).to.match(/^2 2020 true string 2 true 2d7116 1\+2 false$/);
}
