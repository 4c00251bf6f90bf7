"""Promises: the precision an admin asks for, and whether the evidence allows it.

A prediction is applied without a person only where its task has a promise that is switched on and
*certified* for the model that serves. The certificate comes from

1. ``reviews``: live decisions of this very model that a person confirmed or corrected, once there are 300;
2. ``holdout``, until then: the closed tickets of the later period that the model was judged on and never
   learnt from, whose labels a person set. That is how the first champion of a desk with history may start
   to work. It is the weaker ground (yesterday's tickets, no strangers among them), so it is
3. withdrawn as soon as the reviews say otherwise: when the precision that people observe above the threshold
   is below the promise by more than chance would explain one time in twenty.

Without a certificate the task stays a suggestion, and the page says how many reviews are missing.
"""
