//! The members that a configuration can have, for hints about others.
//!
//! Notion refuses a member that it doesn't know with words about the request's body. A member that is new at Notion and not
//! listed here is sent all the same.

use toolbay_sdk::{Code, prelude::*};

use crate::kind::Kind;

/// The members of the configuration of a type of view, as of Notion's version 2026-03-11.
fn of(kind: Kind) -> &'static str {
    match kind {
        Kind::Table => "properties, group_by, subtasks, wrap_cells, frozen_column_index, show_vertical_lines",
        Kind::Board => {
            "group_by, sub_group_by, properties, cover, cover_size (small, medium, large), cover_aspect (contain, cover), \
             card_layout (list, compact)"
        }
        Kind::List => "properties",
        Kind::Calendar => "date, properties, view_range (week, month), show_weekends",
        Kind::Timeline => {
            "date, end_date, properties, show_table, table_properties, preference, arrows_by, color_by"
        }
        Kind::Gallery => {
            "properties, cover, cover_size (small, medium, large), cover_aspect (contain, cover), card_layout (list, compact)"
        }
        Kind::Form => "is_form_closed, anonymous_submissions, submission_permissions",
        Kind::Chart => {
            "chart_type, x_axis, y_axis, value, sort, color_theme, height, hide_empty_groups, legend_position, \
             show_data_labels, axis_labels, grid_lines, cumulative, smooth_line, hide_line_fill_area, group_style, \
             y_axis_min, y_axis_max, donut_labels, hide_title, stack_by, reference_lines, caption, color_by_value"
        }
        Kind::Map => "height, map_by, properties",
        Kind::Dashboard => "nothing",
    }
}

/// Notion's refusal of a view with a configuration, and what that can have.
pub(crate) fn hinted(problem: Problem, kind: Kind) -> Problem {
    if problem.code != Code::InvalidInput {
        return problem;
    }
    problem.hint(format!("The `configuration` of a {} can have: {}.", kind.name(), of(kind)))
}
