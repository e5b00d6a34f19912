// What is here, and what to do first.

import { session } from "../kit/session.js";
import { operatorOverview } from "../setup/overview_operator.js";
import { personOverview } from "../setup/overview_person.js";

/** @type {import("../kit/router.js").Show} */
export const show = ({ signal }) => (session().administers ? operatorOverview(signal) : personOverview(signal));
