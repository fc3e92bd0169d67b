// SPDX-License-Identifier: GPL-3.0-or-later
// The page's elements: finding and making them.

export const findElement = (id) => document.getElementById(id);

export const makeElement = (name, properties = {}) => Object.assign(document.createElement(name), properties);
